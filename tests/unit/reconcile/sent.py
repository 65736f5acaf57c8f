"""A provider that lists what it sent, and the ways to what arrived, in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.ingress.builder import EventBuilder
from functions.core.manifests.reconcile import Page, ReconcileManifest, Sent, Window
from functions.core.platform.errors import RetryableError
from functions.core.reconcile.run import Reconciler, Ways
from functions.providers.stripe.source import MANIFEST as STRIPE

NOW = 1_790_000_100.0
WINDOW = Window(NOW - 1000, NOW)
PAGE = 3  # events


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {"id": f"evt_{number}", "type": "customer.created", "created": NOW - 1 - number, **changes}


class Listing:
    """A reconcile.py whose pages have PAGE events each; the cursor is where the next begins."""

    MANIFEST = ReconcileManifest("stripe", listing="event.list", keeps=29 * 24 * 3600, lag=600)

    def arguments(self, window: Window, after: str) -> Mapping[str, Any]:
        return {"after": after}

    def page(self, answer: Any, window: Window) -> Page:
        return Page([Sent(one["created"], one) for one in answer["data"]], answer["next"])


class World:
    """What the provider sent, and the states of those that are on record; verifiers publish, or answer `says`."""

    def __init__(self, sent: Sequence[dict[str, Any]], states: Mapping[str, str] | None = None) -> None:
        self.sent = list(sent)
        self.on_record = dict(states or {})
        self.ingested: list[str] = []
        self.reads = 0
        self.fails_at = -1
        self.says: tuple[str, str] | None = None

    def read(self, listing: str, arguments: Mapping[str, Any]) -> Any:
        self.reads += 1
        if self.reads - 1 == self.fails_at:
            raise RetryableError("the provider is down")
        start = int(arguments["after"] or 0)
        following = start + PAGE
        return {"data": self.sent[start:following], "next": str(following) if following < len(self.sent) else ""}

    def states(self, ids: Sequence[str]) -> Mapping[str, Any]:
        return {id: self.on_record.get(id, "missing") for id in ids}

    def ingest(self, bodies: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str]]:
        if self.says:
            return [self.says for _ in bodies]
        ids = [f"stripe:{body['id']}" for body in bodies]
        self.ingested += ids
        self.on_record |= dict.fromkeys(ids, "arrived")
        return [("published", "") for _ in bodies]

    def reconciler(self, dry: bool = False, ends: float = NOW + 100) -> Reconciler:
        ways = Ways(self.read, self.states, self.ingest)
        builder = EventBuilder(STRIPE, lambda _: None)
        return Reconciler(Listing(), builder, ways, lambda: NOW, ends, dry)
