"""Which time a run looks at, and how far a source is reconciled. Pure."""

from functions.core.manifests.reconcile import ReconcileManifest, Window
from functions.core.platform.errors import PermanentError
from functions.core.reconcile.report import Report

FIRST_SECONDS = 24 * 3600  # how far back the first run of a source looks


def reachable(declared: ReconcileManifest, now: float, mark: float | None) -> float | None:
    """The mark, or the oldest time that the provider still lists if that is later: what was before it is forgotten."""
    return None if mark is None else max(mark, now - declared.keeps)


def window(declared: ReconcileManifest, now: float, mark: float | None, since: float | None = None) -> Window:
    """The window of a run at `now`: from `since`, or from where the last run ended (`mark`), up to the lag.

    Raises PermanentError if `since` is before what the provider lists, or after what may be looked at already.
    """
    until, oldest = now - declared.lag, now - declared.keeps
    if since is None:
        start = until - FIRST_SECONDS if mark is None else min(mark, until)
        return Window(max(start, oldest), until)
    if since < oldest:
        raise PermanentError(f"{declared.name} is listed for the last {declared.keeps // 3600} hours only")
    if since >= until:
        raise PermanentError(
            f"what {declared.name} sent in the last {declared.lag} seconds may be under way: go back more"
        )
    return Window(since, until)


def moved(mark: float | None, report: Report) -> float | None:
    """Up to where the source is reconciled after a run, None if that does not change.

    Only a settled run moves the mark, and only if no time between the mark and its window was left out: otherwise the
    next run looks at the rest again.
    """
    joins = mark is None or report.since <= mark < report.until
    return report.until if report.is_settled and joins else None
