"""One reconciliation of a source: list page by page, compare, and have what is missing published."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, get_args

from functions.core.ingress.builder import EventBuilder
from functions.core.manifests.reconcile import Page, ReconcileManifest, Window
from functions.core.platform.errors import HooklineError, UnreadableBody
from functions.core.platform.times import Clock
from functions.core.reconcile.comparing import Listed, State, batches, identified
from functions.core.reconcile.report import Missing, Outcome, Report

MOST_PAGES = 200


class Reconciling(Protocol):
    """A provider's reconcile.py."""

    MANIFEST: ReconcileManifest

    def arguments(self, window: Window, after: str) -> Mapping[str, Any]: ...

    def page(self, answer: Any, window: Window) -> Page: ...


@dataclass(frozen=True)
class Ways:
    """The ways to the outside.

    `read` returns the answer of a listing to its arguments. `states` returns the state of each event by its id.
    `ingest` has a verifier publish webhooks' bodies, and returns what became of each, with the reason.
    """

    read: Callable[[str, Mapping[str, Any]], Any]
    states: Callable[[Sequence[str]], Mapping[str, State]]
    ingest: Callable[[Sequence[Mapping[str, Any]]], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Reconciler:
    """Reconciles one source; `ends` is when it must be done, in unix seconds. With `dry`, it publishes nothing."""

    provider: Reconciling
    builder: EventBuilder
    ways: Ways
    clock: Clock
    ends: float
    dry: bool = False

    def run(self, window: Window) -> Report:
        """What is found in `window`. What was read counts, also if the rest of the listing cannot be read."""
        report = Report(self.provider.MANIFEST.name, window.since, window.until)
        seen: set[str] = set()
        after, cursors = "", {""}
        for _ in range(MOST_PAGES):
            if self.clock() >= self.ends:
                return replace(report, stopped="the time was up")
            try:
                answer = self.ways.read(self.provider.MANIFEST.listing, self.provider.arguments(window, after))
                page = self.provider.page(answer, window)
                report = self._with(report, page, window, seen)
            except UnreadableBody as error:
                return replace(report, stopped=f"an answer is not as the provider documents it: {error}")
            except HooklineError as error:
                return replace(report, stopped=str(error))
            after = page.after
            if not after:
                return report
            if after in cursors:
                return replace(report, stopped="the provider lists the same page again")
            cursors.add(after)
        return replace(report, stopped=f"it has more than {MOST_PAGES} pages")

    def _with(self, report: Report, page: Page, window: Window, seen: set[str]) -> Report:
        listed, wrong = identified(page, window, self.builder)
        fresh = list({one.id: one for one in listed if one.id not in seen}.values())
        seen.update(one.id for one in fresh)
        states = self.ways.states([one.id for one in fresh]) if fresh else {}
        missing = [one for one in fresh if states[one.id] == "missing"]
        found = self._published(missing) if not self.dry else [(one, "not published", "") for one in missing]
        known = [state for state in states.values() if state != "missing"] + [outcome for _, outcome, _ in found]
        return replace(
            report,
            listed=report.listed + len(fresh),
            arrived=report.arrived + known.count("arrived") + known.count("duplicate"),
            under_way=report.under_way + known.count("under way") + known.count("in flight"),
            missing=report.missing + tuple(filter(None, (_missing(*one) for one in found))),
            unmatched=report.unmatched + tuple(wrong),
        )

    def _published(self, missing: Sequence[Listed]) -> list[tuple[Listed, str, str]]:
        """Each of `missing` with what became of it, and why."""
        found: list[tuple[Listed, str, str]] = []
        for batch in batches(missing, {one.id: len(json.dumps(one.body)) for one in missing}):
            try:
                outcomes = self.ways.ingest([one.body for one in batch])
            except HooklineError as error:
                outcomes = [("failed", str(error))] * len(batch)
            if len(outcomes) != len(batch):
                outcomes = [("failed", "the verifier did not say what became of it")] * len(batch)
            found += [(one, *said) for one, said in zip(batch, outcomes, strict=True)]
        return found


OUTCOMES: Mapping[str, Outcome] = {name: name for name in get_args(Outcome)}


def _missing(one: Listed, outcome: str, reason: str) -> Missing | None:
    """The listed event as one that is missing, None if it arrived meanwhile. An unknown outcome is a failure."""
    if outcome in ("duplicate", "in flight"):
        return None
    return Missing(one.id, one.at, OUTCOMES.get(outcome, "failed"), reason)
