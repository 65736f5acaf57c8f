"""The verifier of any shipped source, as it is deployed; its AWS is moto's."""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.core.ingress.reading import FORM
from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import VerifierEnvironment
from functions.core.platform.platform import Handler
from hookline.local.generated_secrets import GeneratedSecret, generate_secret
from hookline.operator.send import signed_delivery
from tests.unit.fakes import Clock, EventBridge, Sqs

URL = "https://hooks.example.test"
Answer = tuple[int, str]


class Ingress:
    """The deployed verifiers; each source's secret is generated at its first delivery."""

    def __init__(
        self, start: Callable[..., Handler], clients: Mapping[str, Any], grant_key: str, clock: Clock, context: Any
    ) -> None:
        self._start = start
        self._clients = clients
        self._grant_key = grant_key
        self._context = context
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._secrets: dict[str, GeneratedSecret] = {}
        self.clock = clock
        self.expected: dict[str, Sequence[str]] = {}
        self.mode = "live"

    def manifest(self, source: str) -> SourceManifest:
        found: SourceManifest = import_module(f"functions.providers.{source}.source").MANIFEST
        return found

    def handler(self, source: str, stored: str = "") -> Handler:
        """The verifier of `source`, with this text as its secret."""
        text = stored or self.secret(source).verifies
        if (source, text) not in self._handlers:
            environment = VerifierEnvironment(
                audit_queue_url="audit",
                source=source,
                public_url=URL,
                bus="bus",
                spill_queue_url="spill",
                deliveries_table="deliveries",
                bodies_bucket="bodies",
                signing_secret="signing",  # noqa: S106 - the name of a secret
                grant_key="grant",
                addresses="unknown",
                expected=",".join(self.expected.get(source, ())),
                mode=self.mode,
            )
            secrets = {"signing": text, "grant": self._grant_key}
            module = "functions.core.ingress.handlers.verifier"
            self._handlers[source, text] = self._start(module, environment, secrets, **self._clients)
        return self._handlers[source, text]

    def secret(self, source: str) -> GeneratedSecret:
        if source not in self._secrets:
            self._secrets[source] = generate_secret(self.manifest(source))
        return self._secrets[source]

    def send(self, source: str, body: Any, form: bool = False, stored: str = "", **headers: str) -> Answer:
        """Deliver `body`, signed now, and return the answer's status and word; `headers` have _ in place of -."""
        named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else (urlencode(body) if form else json.dumps(body)).encode()
        typed = {"content-type": FORM if form else "application/json", **named}
        url, signs = f"{URL}/webhooks/{source}", self.secret(source).signs
        sent = signed_delivery(source, url, typed, content, signs, self.clock())
        return self.post(source, sent.body, sent.headers, stored)

    def post(
        self, source: str, body: bytes, headers: Mapping[str, str], stored: str = "", method: str = "POST"
    ) -> Answer:
        """What the verifier answers to this request."""
        request = {
            "rawQueryString": "",
            "headers": dict(headers),
            "requestContext": {"http": {"method": method, "sourceIp": "192.0.2.7"}},
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        answer = self.handler(source, stored)(request, self._context)
        return answer["statusCode"], answer["body"]

    def redrive(self, source: str, key: str) -> int:
        """How many new events a quarantined delivery became."""
        new: int = self.handler(source)({"redrive": key}, self._context)["new"]
        return new

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events on the bus."""
        bridge: EventBridge = self._clients["events"]
        return bridge.events

    @property
    def records(self) -> list[dict[str, Any]]:
        """The audit records."""
        queue: Sqs = self._clients["sqs"]
        return queue.audited

    @property
    def kept(self) -> dict[str, dict[str, Any]]:
        """What is set aside, by its key."""
        s3 = self._clients["s3"]
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket="bodies", Prefix="unreadable/").get("Contents", [])]
        return {key: json.loads(s3.get_object(Bucket="bodies", Key=key)["Body"].read()) for key in keys}


@pytest.fixture
def ingress(
    start: Callable[..., Handler],
    dynamodb: Any,
    table: Callable[[str], str],
    s3: Any,
    sqs: Sqs,
    eventbridge: EventBridge,
    grant_key: str,
    clock: Clock,
    unaliased_context: SimpleNamespace,
) -> Ingress:
    table("deliveries")
    s3.create_bucket(Bucket="bodies")
    clients = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "events": eventbridge}
    return Ingress(start, clients, grant_key, clock, unaliased_context)
