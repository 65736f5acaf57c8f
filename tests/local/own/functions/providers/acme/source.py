"""Acme as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

MANIFEST = SourceManifest(
    name="acme",
    owner="engineering",
    documents="https://acme.example/webhooks",
    secret="Yours: you type it in where you add the webhook",
    signature=SignatureScheme(header="x-acme-key", algorithm="equality", signs="", encoding="text"),
    reading=Reading(type=["type"], id=["id"], time="at"),
    translates={"note.created": "note.taken"},
)
