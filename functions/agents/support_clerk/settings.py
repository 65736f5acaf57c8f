"""The groups of people that cases go to, by their ids at Zendesk. Without one, the tags alone say whose a case is."""

from typing import Final

# "" is for every language that is not named.
GROUPS: Final[dict[str, str]] = {}
