"""Acme as a source."""

from functions.api.source import OneTenant, Reading, SignatureScheme, SignedId, SourceManifest

MANIFEST = SourceManifest(
    name="acme",
    owner="engineering",
    documents="https://acme.example/webhooks",
    secret="Yours: you type it in where you add the webhook",
    signature=SignatureScheme(header="x-acme-key", algorithm="equality", signs="", encoding="text"),
    reading=Reading(
        type=["type"], identity=SignedId(["id"]), tenant=OneTenant("the key is that of one account"), time="at"
    ),
    largest_body=None,
    address_check=None,
    names={"note": "the note that was taken"},
    translates={"note.created": "note.taken"},
)
