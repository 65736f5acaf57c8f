"""OpenAI as a source."""

from functions.api.source import STANDARD_WEBHOOKS, OneTenant, Reading, SignedId, SourceManifest

RUNS = ("response", "batch", "fine_tuning.job", "eval.run")
KINDS = ("response", "batch", "fine_tuning_job", "eval_run")
CALLS = ("call", "session")  # of the Realtime API, and of the Live API
CALL_TYPES = ("realtime.call.incoming", "live.transport.incoming", "live.call.incoming")  # the last one is deprecated
COMPLETED = ("completed", "succeeded")
FAILED = ("failed", "cancelled", "canceled", "expired", "incomplete")

# https://platform.openai.com/docs/guides/webhooks; its SDK reads v1 only.
SIGNATURE = STANDARD_WEBHOOKS

MANIFEST = SourceManifest(
    name="openai",
    owner="platform",
    documents="https://platform.openai.com/docs/guides/webhooks",
    secret="Platform > Settings > Project > Webhooks > Create: shown once, whsec_…",
    signature=SIGNATURE,
    reading=Reading(
        type=["type"],
        identity=SignedId(),
        tenant=OneTenant("the secret is that of one project's webhook"),
        time="created_at",
    ),
    largest_body=None,
    address_check=None,
    names={
        **dict.fromkeys(KINDS, "the run that ended, in the project whose webhook reports it"),
        **dict.fromkeys(CALLS, "the call that rings, in the project whose webhook reports it"),
        "dialog": "the same call for both APIs: its SIP Call-ID and CSeq",
        "caller": "the number that the caller's side claims: what else came from it, and no authority over anything",
        "line": "the number that was called, as the caller's side says",
    },
    translates={
        **{f"{run}.{end}": "model.run.completed" for run in RUNS for end in COMPLETED},
        **{f"{run}.{end}": "model.run.failed" for run in RUNS for end in FAILED},
        **dict.fromkeys(CALL_TYPES, "call.incoming"),
    },
    keys=["data.id", "data.call_id", "data.session_id", "data.sip_headers.*.value"],
    needs=["created_at", "data.sip_headers.*.name"],  # by which a header's value is found
)
