"""The people that cases go to, by the ids of Zendesk's groups and Intercom's teams.

Without one, the tags alone say whose a case is.
"""

from typing import Final

# By language; "" is for every language that is not named.
GROUPS: Final[dict[str, str]] = {}
TEAMS: Final[dict[str, str]] = {}
