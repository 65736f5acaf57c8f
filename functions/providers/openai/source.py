"""OpenAI as a source."""

from functions.api.source import STANDARD_WEBHOOKS, Reading, SourceManifest

RUNS = ("response", "batch", "fine_tuning.job", "eval.run")
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
    reading=Reading(type=["type"], time="created_at"),
    translates={
        **{f"{run}.{end}": "model.run.completed" for run in RUNS for end in COMPLETED},
        **{f"{run}.{end}": "model.run.failed" for run in RUNS for end in FAILED},
    },
    keys=["data.id"],
    needs=["created_at"],
)
