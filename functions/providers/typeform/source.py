"""Typeform as a source."""

from functions.api.source import OneTenant, Reading, SignatureScheme, SignedId, SourceManifest

# https://www.typeform.com/developers/webhooks/secure-your-webhooks/
SIGNATURE = SignatureScheme(header="typeform-signature", encoding="base64", prefix="sha256=")

MANIFEST = SourceManifest(
    name="typeform",
    owner="growth",
    documents="https://www.typeform.com/developers/webhooks/example-payload/",
    secret="Yours: you type it in at the form's Connect > Webhooks > the webhook > Edit > Secret",
    signature=SIGNATURE,
    reading=Reading(
        type=["event_type"],
        identity=SignedId(["event_id"]),
        tenant=OneTenant("the secret is typed in at one form's webhook"),
        time="form_response.submitted_at",
    ),
    largest_body=None,
    address_check=None,
    names={"response": "one person's answers"},  # not the form: it holds the answers of everybody
    translates={"form_response": "lead.captured"},
    keys=["form_response.token", "form_response.form_id"],
)
