"""Writes api.json: the requests and webhooks of calls, as OpenAI's own library describes them.

The library (openai 3.57.0, Apache-2.0) is generated from OpenAI's API description and is no part of the setup. To renew
the file, run this in this folder with an interpreter that has the library: `python cut.py`.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import openai
from pydantic import TypeAdapter

HERE = Path(__file__).parent
REQUESTS = {
    "call.accept": "realtime.call_accept_params.CallAcceptParams",
    "call.reject": "realtime.call_reject_params.CallRejectParams",
    "call.refer": "realtime.call_refer_params.CallReferParams",
    "session.accept": "live.session_accept_params.SessionAcceptParams",
    "session.reject": "live.session_reject_params.SessionRejectParams",
    "session.refer": "live.session_refer_params.SessionReferParams",
}
WEBHOOKS = {
    "realtime.call.incoming": "webhooks.realtime_call_incoming_webhook_event.RealtimeCallIncomingWebhookEvent",
    "live.transport.incoming": "webhooks.live_transport_incoming_webhook_event.LiveTransportIncomingWebhookEvent",
    "live.call.incoming": "webhooks.live_call_incoming_webhook_event.LiveCallIncomingWebhookEvent",
}


def schema(path: str) -> Any:
    """The JSON schema of a type of the library, without its texts, that refuses fields which it does not have."""
    module, _, name = path.rpartition(".")
    return _cut(TypeAdapter(getattr(import_module(f"openai.types.{module}"), name)).json_schema())


def _cut(value: Any, named: bool = False) -> Any:
    """`named`: the keys are names of fields or of types, which are kept."""
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: _cut(item, not named and key in ("properties", "$defs"))
        for key, item in value.items()
        if named or key not in ("description", "title", "default")
    }
    return kept if named or "properties" not in kept else {**kept, "additionalProperties": False}


if __name__ == "__main__":
    written = {
        "version": openai.__version__,
        "requests": {name: schema(path) for name, path in REQUESTS.items()},
        "webhooks": {name: schema(path) for name, path in WEBHOOKS.items()},
    }
    (HERE / "api.json").write_text(json.dumps(written, separators=(",", ":")) + "\n")
