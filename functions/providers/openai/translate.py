"""OpenAI's events as domain events (https://platform.openai.com/docs/api-reference/webhook-events)."""

from collections.abc import Callable, Mapping
from functools import partial

from functions.api.source import Fields, RawEvent, Translation, name, translated, whole
from functions.providers.openai.sip import dialog_id, header, number

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
    """A call that rings. It names the id by which this API answers, and what both APIs call the same."""
    call = body.need(f"data.{field}", name)
    headers = body.parts("data.sip_headers")
    caller, callee, call_id, sequence = (header(headers, one) for one in ("from", "to", "call-id", "cseq"))
    dialog, calling, called = dialog_id(call_id, sequence), number(caller), number(callee)
    entity = f"openai:{kind}/{call}"
    shared = {"dialog": dialog, "caller": calling, "line": called}
    data = {
        "call": call,
        "api": api,
        "caller": caller,
        "callee": callee,
        "number": calling,
        "line": called,
        "dialog": call_id,
    }
    entities = [entity, *(f"openai:{one}/{id}" for one, id in shared.items() if id)]
    return Translation(type="call.incoming", subject=entity, entities=entities, data=data)


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    f"{prefix}.{word}": partial(_ended, kind, reason)
    for prefix, kind in _KINDS.items()
    for word, reason in {**dict.fromkeys(_COMPLETED), **_FAILED}.items()
} | {
    "realtime.call.incoming": partial(_calling, "realtime", "call", "call_id"),
    "live.transport.incoming": partial(_calling, "live", "session", "session_id"),
    "live.call.incoming": partial(_calling, "live", "session", "session_id"),
}
