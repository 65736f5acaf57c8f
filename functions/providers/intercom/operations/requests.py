"""The single requests that Intercom's operations are made of."""

from functions.api.connector import Request

_CONVERSATION = "/conversations/{conversation}"

ME = Request("me.get", path="/me")
CONVERSATION = Request("conversation.read", path=_CONVERSATION, sends={"display_as": "plaintext"})
REPLY = Request("conversation.reply", kind="effect", method="POST", path=f"{_CONVERSATION}/reply")
MANAGE = Request("conversation.manage", kind="effect", method="POST", path=f"{_CONVERSATION}/parts")
TAG = Request("conversation.tag", kind="effect", method="POST", path=f"{_CONVERSATION}/tags")
# The tag of a name, new or known.
TAG_CREATE = Request("tag.create", kind="effect", method="POST", path="/tags")
