"""Reconciles a source whose provider lists its attempts to deliver, and makes another one when it is asked.

What it delivers then is signed as the first time, and goes the way of every delivery. So nothing is published here: the
next run sees whether the delivery succeeded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from functions.core.ingress.builder import EventBuilder
from functions.core.manifests.reconcile import Attempt, Window
from functions.core.platform.errors import HooklineError, UnreadableBody
from functions.core.platform.times import Clock
from functions.core.reconcile.comparing import State
from functions.core.reconcile.report import Missing, Report
from functions.core.reconcile.run import MOST_PAGES, Reconciling, Ways

MOST_ATTEMPTS = 10  # at one delivery; what fails as often will fail again


@dataclass
class _Deliveries:
    """The attempts that were read, by delivery, the newest first."""

    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    stopped: str = ""

    def in_window(self, window: Window) -> dict[str, list[Attempt]]:
        """Those of deliveries with an attempt in the window."""
        return {id: found for id, found in self.attempts.items() if any(one.at in window for one in found)}


@dataclass(frozen=True)
class Redeliverer:
    """Reconciles one source; `ends` is when it must be done, in unix seconds. With `dry`, it asks for nothing."""

    provider: Reconciling
    builder: EventBuilder
    ways: Ways
    clock: Clock
    ends: float
    dry: bool = False

    def run(self, window: Window) -> Report:
        """What is found in `window`. What was read counts, also if the rest of the listing cannot be read.

        A delivery has arrived if its latest attempt succeeded, or if its event is on record although the provider got
        no answer.
        """
        read = self._read(window)
        found = read.in_window(window)
        failed = {id: attempts for id, attempts in found.items() if not any(one.succeeded for one in attempts)}
        ids = {id: self.builder.id_of(id, attempts[0].headers) for id, attempts in failed.items()}
        states: Mapping[str, State] = self.ways.states(list(ids.values())) if ids else {}
        missing = {id: attempts for id, attempts in failed.items() if states[ids[id]] == "missing"}
        under_way = sum(state == "under way" for state in states.values())
        # An attempt after the window may not be over yet.
        young = {id for id, attempts in missing.items() if attempts[0].at >= window.until}
        asked = self._asked({id: attempts for id, attempts in missing.items() if id not in young}, ids)
        return replace(
            Report(self.provider.MANIFEST.name, window.since, window.until),
            listed=len(found),
            arrived=len(found) - len(missing) - under_way,
            under_way=under_way + len(young),
            missing=tuple(asked),
            unmatched=tuple(read.unreadable),
            stopped=read.stopped,
        )

    def _read(self, window: Window) -> _Deliveries:
        read, after, cursors = _Deliveries(), "", {""}
        for _ in range(MOST_PAGES):
            if self.clock() >= self.ends:
                return replace(read, stopped="the time was up")
            try:
                answer = self.ways.read(self.provider.MANIFEST.listing, self.provider.arguments(window, after))
                page = self.provider.page(answer, window)
            except UnreadableBody as error:
                return replace(read, stopped=f"an answer is not as the provider documents it: {error}")
            except HooklineError as error:
                return replace(read, stopped=str(error))
            for one in page.attempts:
                read.attempts.setdefault(one.delivery, []).append(one)
            read.unreadable += page.unreadable
            after = page.after
            if not after:
                return read
            if after in cursors:
                return replace(read, stopped="the provider lists the same page again")
            cursors.add(after)
        return replace(read, stopped=f"it has more than {MOST_PAGES} pages")

    def _asked(self, missing: Mapping[str, Sequence[Attempt]], ids: Mapping[str, str]) -> list[Missing]:
        return [_outcome(ids[id], attempts, None if self.dry else self._ask) for id, attempts in missing.items()]

    def _ask(self, attempt: Attempt) -> None:
        """Ask the provider to deliver again. Raises HooklineError."""
        if self.clock() >= self.ends:
            raise HooklineError("the time was up")
        self.ways.read(self.provider.MANIFEST.redelivers, {"delivery": attempt.number})


def _outcome(id: str, attempts: Sequence[Attempt], ask: Callable[[Attempt], None] | None) -> Missing:
    """What becomes of a delivery whose attempts all failed; without `ask`, nothing.

    One that failed again after it was asked for is lost until it succeeds, although it is asked for once more: only an
    operator can mend what refuses it.
    """
    first, times = attempts[-1], len(attempts)
    again = f"{times} attempts failed, the last with {attempts[0].answer}" if times > 1 else ""
    if ask is None:
        return Missing(id, first.at, "not published", again)
    if times >= MOST_ATTEMPTS:
        return Missing(id, first.at, "failed", f"{again}; it is not asked for again")
    try:
        ask(attempts[0])
    except HooklineError as error:
        return Missing(id, first.at, "failed", str(error))
    return Missing(id, first.at, "failed" if again else "redelivered", again)
