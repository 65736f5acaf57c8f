"""Signs deliveries as a provider would and posts them to the local stack."""

import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from functions.core.signatures import sign
from hookline.errors import OperatorError
from hookline.local import stack
from hookline.local.stack import LocalStack
from infra.discovery import FUNCTIONS

# What stands for an id's own part in a fixture; a run puts fresh characters in its place.
PLACEHOLDER = "Example"


@dataclass(frozen=True)
class Posted:
    """What came of a delivery: the answer's status and word, and when it was sent, in unix seconds."""

    event: str
    status: int
    word: str
    sent: float


def fixtures(source: str) -> list[str]:
    """The names of a source's fixtures. Raises OperatorError where there is no such source."""
    folder = FUNCTIONS / "sources" / source / "fixtures"
    if not (FUNCTIONS / "sources" / source / "manifest.py").is_file():
        known = sorted(path.parent.name for path in FUNCTIONS.glob("sources/*/manifest.py"))
        raise OperatorError(f"there is no source {source!r}; there is: {', '.join(known)}")
    return sorted(path.stem for path in folder.glob("*.json"))


def load(source: str, fixture: str) -> str:
    """A fixture's text. Raises OperatorError where there is none of that name."""
    if fixture not in fixtures(source):
        raise OperatorError(f"{source} has no fixture {fixture!r}; it has: {', '.join(fixtures(source))}")
    return (FUNCTIONS / "sources" / source / "fixtures" / f"{fixture}.json").read_text()


def post_fixture(source: str, fixture: str, times: int, fresh: bool) -> Iterator[Posted]:
    """Post a fixture, with fresh ids for this run, or with `fresh` for every post."""
    text = load(source, fixture)
    running = stack.find()
    if running is None:
        raise OperatorError("the local stack is not up: run 'hookline up' first")
    body = ""
    for number in range(times):
        if fresh or number == 0:
            body = text.replace(PLACEHOLDER, secrets.token_hex(8))
            introduce(running, source, json.loads(body))
        yield post(running, source, body.encode())


def introduce(running: LocalStack, source: str, event: Mapping[str, Any]) -> None:
    """Let the sandbox provider know what the delivery is about, so that agents can look it up there."""
    subject = event["data"]["object"] if source == "stripe" and source not in running.live else {}
    if subject.get("object") == "charge":
        running.sandboxes.control("POST", "/_sandbox/stripe/charges", [subject])


def post(
    running: LocalStack, source: str, body: bytes, *, secret: str | None = None, age: float = 0, signed: bool = True
) -> Posted:
    """Post `body`, signed with the source's secret, or another, or not at all, as if `age` seconds ago."""
    url, sent = f"{running.url}/webhooks/{source}", time.time()
    key = secret or running.signing_secret(source)
    headers = {"Content-Type": "application/json"}
    if signed:
        headers |= sign(source, method="POST", url=url, headers=headers, body=body, secret=key, now=sent - age)
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        word = answer.read().decode(errors="replace")
    finally:
        connection.close()
    return Posted(json.loads(body)["id"], answer.status, word, sent)
