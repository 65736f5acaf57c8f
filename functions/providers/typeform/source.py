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
        # The API lists responses, and not the events of webhooks. A response is submitted once; one that is left
        # half way can be reported several times, so any other type has the event's id.
        identity=SignedId(["event_id"], types={"form_response": ["form_response.form_id", "form_response.token"]}),
        tenant=OneTenant("the secret is typed in at one form's webhook"),
        time="form_response.submitted_at",
    ),
    largest_body=None,
    address_check=None,
    names={
        "response": "one person's answers",  # not the form: it holds the answers of everybody
        "person:email": "the address that the person gave; a form does not prove that it is theirs",
        "person:mailbox": "the same, without what follows a plus",
    },
    translates={"form_response": "lead.captured"},
    keys=["form_response.token", "form_response.form_id"],
    # What the person's entities are made of: which of the answers is an address, and the address.
    needs=["form_response.answers.*.type", "form_response.answers.*.email"],
)
