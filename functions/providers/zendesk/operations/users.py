"""A user, and which of their addresses Zendesk has confirmed. Pure.

https://developer.zendesk.com/api-reference/ticketing/users/user_identities/: an agent can also mark an address as
verified by hand. Nothing here says that the user wrote a message that came from such an address: see `metadata.trusted`
of its comment.
"""

from collections.abc import Mapping
from typing import Any

KEEPS = ("id", "name", "email", "role", "locale", "time_zone", "verified", "suspended", "external_id")


def described(user: Mapping[str, Any], identities: Mapping[str, Any]) -> dict[str, Any]:
    """The user with their identities; `verified_emails` are in small letters, and none if the user is suspended."""
    found = [identity for identity in identities["items"] if isinstance(identity, Mapping)]
    emails = [one["value"] for one in found if one.get("type") == "email" and one.get("verified") is True]
    sure = [email.lower() for email in emails if isinstance(email, str) and user.get("suspended") is not True]
    kept = {name: user[name] for name in KEEPS if name in user}
    return {**kept, "identities": found, "verified_emails": sure, "complete": identities["complete"]}
