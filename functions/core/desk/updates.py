"""One update of a ticket at its provider: a note or a reply, tags and a priority."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.manifests.tenant import split
from functions.core.models.drafts import cleaned
from functions.core.platform.errors import Denied

LONGEST_NOTE = 5_000  # characters
# What keeps replies from being sent: functions/providers/intercom/README.md.
SETTING = "the workspace does not allow e-mail for replies of the API"


@dataclass(frozen=True)
class Update:
    """What a ticket gets: a `note` that people of the desk read, or with `public` the customer's reply.

    `group` is the id of a group at Zendesk, or of a team at Intercom.
    """

    note: str
    tags: Sequence[str] = ()
    priority: str | None = None
    group: str = ""
    public: bool = False


@dataclass(frozen=True)
class Written:
    """What the record should say of an update, and whether it did all that it should.

    A reply that may not have reached the customer is not `whole`.
    """

    says: str
    whole: bool = True

    def __str__(self) -> str:
        return self.says


def to_a_person(error: Denied) -> dict[str, Any]:
    """The report of a member whose update was denied.

    One event leads to one update of a ticket by each member. So a message that joined after it is for a person.
    """
    return {"says": "hand_off", "to": "person", "reason": f"the specialist cannot update the ticket: {error}"[:500]}


def unsent(written: Written) -> dict[str, Any]:
    """The report of a member whose reply may not have reached the customer: a person answers them."""
    return {"says": "hand_off", "to": "person", "reason": written.says}


def write(tools: Any, ticket: str, update: Update) -> Written:
    """Update `ticket` ("zendesk:ticket/1") once with all of `update`.

    Zendesk takes all in one request. At Intercom the message, the tags and the assignment are effects of their own. Its
    API sets no priority, so that is a tag. Intercom stores a reply to an e-mail, and sends it only if a setting of the
    workspace allows that: a reply that it did not send is not said to be sent.
    """
    kind, _, id = split(ticket)[0].partition("/")
    note = cleaned(update.note, longest=LONGEST_NOTE)
    if kind == "zendesk:ticket":
        given = {
            "comment": note,
            "additional_tags": list(update.tags),
            **({"priority": update.priority} if update.priority else {}),
            **({"group_id": update.group} if update.group else {}),
            **({"public": True} if update.public else {}),
        }
        tools.zendesk.ticket_update(ticket=id, **given)
        return Written("replied" if update.public else "noted")
    message_type = "comment" if update.public else "note"
    answer = tools.intercom.conversation_reply(conversation=id, body=note, message_type=message_type)
    tags = [*update.tags, *([f"priority_{update.priority}"] if update.priority else [])]
    if tags:
        tools.intercom.conversation_tag(conversation=id, name=tags[0], more=tags[1:])
    if update.group:
        tools.intercom.conversation_assign(conversation=id, type="team", assignee_id=update.group)
    if not update.public:
        return Written("noted")
    match answer.get("delivered"):
        case True:
            return Written("replied")
        case False:
            return Written(f"Intercom stored the reply and did not send it: {SETTING}", whole=False)
    return Written("Intercom has the reply, and does not say whether it was sent", whole=False)
