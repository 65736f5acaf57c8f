"""A made-up provider, and what Stripe's sandbox says of its effects."""

import json

from functions.api.sandbox import Request, Response
from functions.core.manifests.arguments import Text
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.manifests.credentials import Bearer
from functions.providers.stripe.sandbox import Stripe

READ = Operation(
    "thing.read",
    kind="read",
    entity="acme:thing/{thing}",
    method="GET",
    path="/things/{thing}",
    takes={"limit": Text()},
)
ACT = Operation(
    "thing.act",
    kind="effect",
    entity="acme:thing/{thing}",
    method="POST",
    path="/things/{thing}/act",
    encoding="form",
    idempotency="key",
    takes={"note": Text()},
)
ACME = ConnectorManifest(
    name="acme",
    owner="tests",
    operations=[READ, ACT],
    hosts=["api.acme.test"],
    base="https://api.acme.test/",
    credential=Bearer(),
    headers={"Acme-Version": "7"},
)


class Acme:
    """A provider that keeps what it is asked, and answers the next of `answers`, at the end {"ok": true}."""

    name = "acme"

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Response] = []

    def handle(self, request: Request, arriving: object = None, acting: object = None) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else Response.json(200, {"ok": True})


def effects(stripe: Stripe) -> list[str]:
    state = json.loads(stripe.control("GET", "state", b"").body)
    return [effect["idempotency_key"] for effect in state["effects"]]
