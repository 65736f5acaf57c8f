"""Why a verifier refused a delivery: the records that it wrote about it."""

from collections.abc import Callable, Iterator
from typing import Any

from functions.core.platform.canonical import digest
from hookline.local.stack import LocalStack
from hookline.operator.audit.words import sentence
from hookline.operator.trail import Trail

KINDS = ("rejected", "kept")
PATIENCE, LOOK_EVERY = 10.0, 0.1  # seconds: a record gets to its chain through a queue and the recorder


class Refusals:
    """Looks up refused deliveries of one source by the digest of their bodies, among the records since it was made."""

    def __init__(self, running: LocalStack, source: str, sleep: Callable[[float], None]) -> None:
        self._identity = f"webhook.{source}"
        self._trail = Trail(running.client("dynamodb"))
        self._after = self._trail.length(self._identity)
        self._sleep = sleep

    def of(self, body: bytes) -> list[str]:
        """What the verifier recorded about a delivery with this body, a sentence each.

        If there is no record in time, that is the sentence.
        """
        wanted = digest(body)
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            if found := list(self._sentences(wanted)):
                return found
            self._sleep(LOOK_EVERY)
        return [f"the audit trail has no record of it after {PATIENCE:.0f} s: see .hookline/emulator.log"]

    def _sentences(self, wanted: str) -> Iterator[str]:
        records: list[dict[str, Any]] = self._trail.of_identity(self._identity, after=self._after)
        told = (
            f"{self._identity} {sentence(record).plain}"
            for record in records
            if record["kind"] in KINDS and record["digests"].get("body") == wanted
        )
        return iter(dict.fromkeys(told))
