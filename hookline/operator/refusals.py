"""Why a verifier refused a delivery: the records that it wrote about it."""

from collections.abc import Callable

from functions.core.platform.canonical import digest
from functions.core.platform.errors import UnreadableBody
from hookline.local.stack import LocalStack
from hookline.operator.audit.words import sentence
from hookline.operator.trail import Trail

FAILED = "TryAgain"  # the response to a delivery that the verifier could not take
PATIENCE, LOOK_EVERY = 10.0, 0.1  # seconds: a record gets to its chain through a queue and the recorder


class Refusals:
    """Looks up refused deliveries of one source, among the records since it was made."""

    def __init__(self, running: LocalStack, source: str, sleep: Callable[[float], None]) -> None:
        self._identity = f"webhook.{source}"
        self._trail = Trail(running.client("dynamodb"))
        self._after = self._trail.length(self._identity)
        self._sleep = sleep

    def of(self, body: bytes, word: str) -> list[str]:
        """What the verifier recorded about a delivery with this body, to which it answered `word`, a sentence each.

        If there is no record in time, that is the sentence.
        """
        if word == FAILED:
            return ["the verifier failed, so it recorded nothing: see .hookline/emulator.log"]
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            if found := self._sentences(digest(body), word):
                return found
            self._sleep(LOOK_EVERY)
        return [f"the audit trail has no record of it after {PATIENCE:.0f} s: see .hookline/emulator.log"]

    def _sentences(self, body: str, word: str) -> list[str]:
        records = self._trail.of_identity(self._identity, after=self._after)
        kept = [one for one in records if one["kind"] == "kept" and one["digests"].get("body") == body]
        # The recorder makes one record of several rejections for one reason, with the digest of the first.
        rejected = [one for one in records if one["kind"] == "rejected" and one["decision"] == word]
        if word == UnreadableBody.__name__ and not kept:
            return []  # it is always kept, and that record has the cause
        told = (f"{self._identity} {sentence(record).plain}" for record in (*kept, *rejected[-1:]))
        return list(dict.fromkeys(told))
