"""Acme's API as a connector."""

from functions.api.connector import Basic, ConnectorManifest, ListOf, Object, Operation, Text

REPLY = Object({"text": Text(longest=500), "tags": ListOf(Text(longest=20), most=5)}, needs=("text",))

MANIFEST = ConnectorManifest(
    name="acme",
    owner="engineering",
    hosts=["api.acme.example"],
    base="https://api.acme.example/",
    credential=Basic(),
    operations=[
        Operation(
            "note.reply",
            kind="effect",
            entity="acme:note/{note}",
            method="POST",
            path="/v2/notes/{note}/replies",
            takes={"reply": REPLY},
            needs=("reply",),
            idempotency="key",
            keeps=("id",),
        )
    ],
)
