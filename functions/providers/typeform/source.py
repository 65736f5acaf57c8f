"""Typeform as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://www.typeform.com/developers/webhooks/secure-your-webhooks/
SIGNATURE = SignatureScheme(header="typeform-signature", encoding="base64", prefix="sha256=")

MANIFEST = SourceManifest(
    name="typeform",
    owner="growth",
    documents="https://www.typeform.com/developers/webhooks/example-payload/",
    secret="Yours: you type it in at the form's Connect > Webhooks > the webhook > Edit > Secret",
    signature=SIGNATURE,
    reading=Reading(type=["event_type"], id=["event_id"], time="form_response.submitted_at"),
    translates={"form_response": "lead.captured"},
    keys=["form_response.token", "form_response.form_id"],
)
