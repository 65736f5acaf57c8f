"""OpenAI's events as domain events (https://platform.openai.com/docs/api-reference/webhook-events)."""

from collections.abc import Callable, Mapping
from functools import partial

from functions.api.source import LONGEST_LINE, Fields, RawEvent, Translation, name, text, translated, whole

_KINDS = {"response": "response", "batch": "batch", "fine_tuning.job": "fine_tuning_job", "eval.run": "eval_run"}
_COMPLETED = ("completed", "succeeded")
# The reason by word; evaluations write `canceled`.
_FAILED = {
    "failed": "failed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "expired": "expired",
    "incomplete": "incomplete",
}


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _ended(kind: str, reason: str | None, body: Fields) -> Translation:
    run = body.need("data.id", name)
    entity = f"openai:{kind}/{run}"
    data = {"run": run, "kind": kind, "ended": body.need("created_at", whole)}
    if reason is None:
        return Translation(type="model.run.completed", subject=entity, entities=[entity], data=data)
    return Translation(type="model.run.failed", subject=entity, entities=[entity], data={**data, "reason": reason})


def _calling(api: str, kind: str, field: str, body: Fields) -> Translation:
    call = body.need(f"data.{field}", name)
    entity = f"openai:{kind}/{call}"
    data = {
        "call": call,
        "api": api,
        "caller": _header(body, "from"),
        "callee": _header(body, "to"),
        "dialog": _header(body, "call-id"),
    }
    return Translation(type="call.incoming", subject=entity, entities=[entity], data=data)


def _header(body: Fields, name: str) -> str | None:
    """The first SIP header of a name, which has no case (RFC 3261, 7.3.1)."""
    for header in body.parts("data.sip_headers"):
        if (header.may("name", text(LONGEST_LINE)) or "").lower() == name:
            return header.may("value", text(LONGEST_LINE))
    return None


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    f"{prefix}.{word}": partial(_ended, kind, reason)
    for prefix, kind in _KINDS.items()
    for word, reason in {**dict.fromkeys(_COMPLETED), **_FAILED}.items()
} | {
    "realtime.call.incoming": partial(_calling, "realtime", "call", "call_id"),
    "live.transport.incoming": partial(_calling, "live", "session", "session_id"),
}
