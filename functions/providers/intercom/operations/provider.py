"""Performs Intercom's operations, as the teammate whom the access token belongs to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from functions.api.performer import (
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    PermanentError,
    Platform,
    Provider,
    Refused,
    RetryableError,
    provider,
)
from functions.providers.intercom.operations import conversations, marks, requests

Arguments = Mapping[str, Any]
Ask = Callable[..., Any]  # ask(request, **arguments) -> the answer of one request
WORKSPACE = "Hookline-Workspace"  # as in the manifest
MOST_TAGS = 500  # whose ids are remembered
MANAGED = ("id", "state", "open", "admin_assignee_id", "team_assignee_id")


@dataclass(frozen=True)
class Itself:
    """Whom a token belongs to: the ids of the teammate and of the workspace, and of the workspace's `tags` by name."""

    secret: str
    admin: str
    workspace: str
    tags: dict[str, str] = field(default_factory=dict, compare=False)


def performer(manifest: ConnectorManifest, platform: Platform) -> Provider:
    """The performer of the deployed connector."""
    return provider(manifest, platform, Intercom)


class Intercom(Provider):
    """Intercom's API. What a grant names of another workspace than the token's is refused."""

    _known: Itself | None = None

    def call(self, operation: Operation, arguments: Arguments, key: str | None, seconds: float) -> Any:
        """Perform `operation`; raises what `Provider.call` raises.

        The request that acts is the last one that can fail, so that a refusal means that nothing was done.
        """
        ends = self._clock() + seconds

        def ask(request: Operation, **given: Any) -> Any:
            return super(Intercom, self).call(request, given, None, ends - self._clock())

        itself = self._itself(ask)
        if operation.headers.get(WORKSPACE, itself.workspace) != itself.workspace:
            raise Refused("the credential is that of another workspace than the delivery's")
        plain = replace(operation, headers={})
        match operation.name:
            case "conversation.read":
                return _conversation(arguments["conversation"], itself, ask)
            case "contact.read":
                return {**_object(ask(plain, **arguments)), "verified_emails": []}
            case "conversation.reply":
                return _reply(arguments, itself, ask)
            case "conversation.assign":
                return _manage(arguments, itself, ask, message_type="assignment")
            case "conversation.close":
                return _manage(arguments, itself, ask, message_type="close", type="admin")
            case "conversation.tag":
                return _tag(arguments, itself, ask)
        raise PermanentError(f"{operation.name} is not an operation of intercom")

    def _itself(self, ask: Ask) -> Itself:
        """Whom the token belongs to, which is asked for once for a credential."""
        secret = self.credential()
        if self._known is None or self._known.secret != secret:
            found = _object(ask(requests.ME))
            try:
                self._known = Itself(secret, str(found["id"]), str(found["app"]["id_code"]))
            except (KeyError, TypeError):
                raise OutcomeUnknown("intercom answered without the teammate and the workspace of the token") from None
        return self._known


def _conversation(id: str, itself: Itself, ask: Ask) -> dict[str, Any]:
    return conversations.described(_object(ask(requests.CONVERSATION, conversation=id)), itself.admin)


def _reply(arguments: Arguments, itself: Itself, ask: Ask) -> dict[str, Any]:
    """The message as the conversation has it afterwards, with `delivered`.

    It is read back, because the answer to the reply is a 200 for a message that is sent to nobody too. If that read
    fails, the message is written all the same, and `delivered` is None. A note is sent to nobody, and not read back.
    """
    id, key = arguments["conversation"], arguments["hookline"]
    sent = {"message_type": arguments["message_type"], "type": "admin", "admin_id": itself.admin}
    ask(requests.REPLY, conversation=id, **sent, body=marks.marked(arguments["body"], key))
    unread = {"hookline": key[: marks.DIGITS], "delivered": None}
    if arguments["message_type"] == "note":
        return {**unread, "part_type": "note"}
    try:
        found = conversations.replied(_conversation(id, itself, ask)["parts"], key)
    except (PermanentError, RetryableError):
        found = None
    return dict(found) if found else unread


def _manage(arguments: Arguments, itself: Itself, ask: Ask, **sent: str) -> dict[str, Any]:
    """The conversation's state and assignees afterwards."""
    given = {name: arguments[name] for name in ("type", "assignee_id") if name in arguments}
    answer = ask(requests.MANAGE, conversation=arguments["conversation"], admin_id=itself.admin, **{**given, **sent})
    return {name: value for name, value in _object(answer).items() if name in MANAGED}


def _tag(arguments: Arguments, itself: Itself, ask: Ask) -> dict[str, Any]:
    """The first of the tags that the conversation has afterwards. Set again, a tag is there once."""
    names = (arguments["name"], *arguments.get("more", ()))
    made = [_tagged(arguments["conversation"], name, itself, ask) for name in names]
    return {name: made[0][name] for name in ("id", "name") if name in made[0]}


def _tagged(conversation: str, name: str, itself: Itself, ask: Ask) -> Mapping[str, Any]:
    """The tag, whose id is asked for once: tags keep theirs until somebody deletes them."""
    named = {"conversation": conversation, "admin_id": itself.admin}
    if known := itself.tags.get(name):
        try:
            return _object(ask(requests.TAG, id=known, **named))
        except PermanentError:  # deleted meanwhile, or it is the conversation
            del itself.tags[name]
    tag = _object(ask(requests.TAG_CREATE, name=name))
    if not isinstance(tag.get("id"), str | int):
        raise RetryableError("intercom answered without the id of a tag")
    found = _object(ask(requests.TAG, id=str(tag["id"]), **named))
    if len(itself.tags) < MOST_TAGS:
        itself.tags[name] = str(tag["id"])
    return found


def _object(answer: Any) -> Mapping[str, Any]:
    """The answer. Raises OutcomeUnknown if it is not an object."""
    if not isinstance(answer, Mapping):
        raise OutcomeUnknown("intercom answered without an object")
    return answer
