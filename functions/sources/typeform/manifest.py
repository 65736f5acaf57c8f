"""Typeform as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="typeform",
    owner="growth",
    documents="https://www.typeform.com/developers/webhooks/example-payload/",
    secret="Yours: you type it in at the form's Connect > Webhooks > the webhook > Edit > Secret",
    reading=Reading(type=["event_type"], id=["event_id"], time="form_response.submitted_at"),
)
