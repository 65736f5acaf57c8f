"""What Intercom must be told, and what is missing of it in what Intercom's API answers. Pure.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations
"""

from collections.abc import Mapping, Sequence
from typing import Any

STEPS = (
    "1. In the Developer Hub, open the app > Webhooks: enter the URL, and subscribe to the topics of",
    "   'hookline sources show intercom'. Store the app's client secret: hookline secrets set intercom",
    "2. Give the app a teammate of its own, and store its access token: hookline secrets set intercom --connector",
    "3. Only if replies are sent without a person: ask Intercom's support to allow outbound e-mail for replies of the",
    "   API. Without it, Intercom stores a reply to an e-mail conversation and sends it to nobody. To check it, write",
    "   to the workspace by e-mail, let the API reply, and check the conversation:",
    '     AUTH="Authorization: Bearer $TOKEN"',
    "     curl -H \"$AUTH\" -H 'Intercom-Version: 2.16' $INTERCOM/conversations/$ID > reply.json",
    "     hookline sources setup intercom reply.json",
)


def missing(found: Mapping[str, Any], address: str, raw_types: Sequence[str]) -> list[str]:
    """What is missing for replies to e-mails, a sentence each; `found` is what Intercom answers for a conversation.

    Nothing of Intercom's API says to where it sends, or what it may send: a reply that was sent shows it. `address` and
    `raw_types` are not used.
    """
    source = found.get("source")
    if found.get("type") != "conversation" or not isinstance(source, Mapping):
        return ["it is no conversation: give the answer of GET /conversations/ID"]
    if source.get("type") != "email":
        return ["the conversation did not begin by e-mail: replies to others are sent without the setting"]
    listed = found.get("conversation_parts")
    parts = listed.get("conversation_parts") if isinstance(listed, Mapping) else None
    replies = [part for part in parts if _is_of_the_api(part)] if isinstance(parts, list) else []
    if not replies:
        return ["the API has not replied to the conversation"]
    if not replies[-1].get("notified_at"):
        return [
            "the newest reply of the API was stored and sent to nobody: ask Intercom's support to allow e-mail for it"
        ]
    return []


def _is_of_the_api(part: Any) -> bool:
    """Whether a part is a reply that an app wrote."""
    return isinstance(part, Mapping) and part.get("part_type") == "comment" and bool(part.get("app_package_code"))
