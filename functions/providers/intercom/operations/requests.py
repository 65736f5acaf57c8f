"""The single requests that Intercom's operations are made of."""

from functions.api.connector import Operation

_CONVERSATION = "intercom:conversation/{conversation}"
# What belongs to no entity is named by its path.
_WORKSPACE = "intercom:workspace/{path}"

ME = Operation("me.get", kind="read", entity=_WORKSPACE, method="GET", path="/{path}")
CONVERSATION = Operation(
    "conversation.read",
    kind="read",
    entity=_CONVERSATION,
    method="GET",
    path="/conversations/{conversation}",
    sends={"display_as": "plaintext"},
)


def _effect(name: str, path: str, entity: str = _CONVERSATION) -> Operation:
    # Natural here: what is not, the gate looks for before it asks again.
    return Operation(name, kind="effect", entity=entity, method="POST", path=path, idempotency="natural")


REPLY = _effect("conversation.reply", "/conversations/{conversation}/reply")
MANAGE = _effect("conversation.manage", "/conversations/{conversation}/parts")
TAG = _effect("conversation.tag", "/conversations/{conversation}/tags")
# The tag of a name, new or known.
TAG_CREATE = _effect("tag.create", "/{path}", _WORKSPACE)
