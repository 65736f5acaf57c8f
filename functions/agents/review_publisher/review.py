"""One review out of the reports of all reviewers: few comments, ranked, each on a changed line, and a summary. Pure."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.agents.review_publisher.settings import SETTINGS, Settings
from functions.api.changes import (
    ANOTHER_HEAD,
    LONGEST_UNREAD,
    PROGRAMS,
    WORST,
    Change,
    Finding,
    ReviewerReport,
    language_of,
    on_changed_lines,
    plain,
    quoted,
)

Conclusion = Literal["success", "neutral", "failure"]  # of a check run; "success" is no approval
Side = Literal["RIGHT", "LEFT"]
Place = tuple[str, Side, int]  # path, side, line
# Reasons for not reading a file that are its nature; the others are limits of the review.
_EXPECTED = ("binary", "generated", "no text", "submodule", "symbolic link", "vendored")
_WITHOUT_TEXT = ("binary", "no text")  # what a file of a programming language is not by its nature
_CHOSEN = ("generated", "submodule", "symbolic link", "vendored")  # what outsiders make a file by where they put it
MOST_SAID = 6  # findings of one comment, which fit what GitHub takes


@dataclass(frozen=True)
class Comment:
    """One comment on one line: all that reviewers found there. `body` is Markdown without anything active in it.

    `fingerprint` stays the same while the line's text does, wherever it moves to.
    """

    path: str
    line: int
    side: Side
    body: str
    findings: tuple[Finding, ...]
    fingerprint: str


@dataclass(frozen=True)
class Review:
    """What is published: comments (a review of the kind COMMENT, never an approval), a summary, and a check run.

    `head` is the summary's first line. `speaks` is False if the check run says it all.
    """

    comments: tuple[Comment, ...]
    head: str
    summary: str
    conclusion: Conclusion
    speaks: bool


def merged(
    change: Change,
    reports: Mapping[str, ReviewerReport],
    asked: Sequence[str] = (),
    known: Collection[str] = (),
    settings: Settings = SETTINGS,
) -> Review:
    """The review of a change by the reports of its reviewers.

    `asked` are all reviewers that were asked, so that a missing report is named. `known` are fingerprints of comments
    that are on the pull request already: these are not repeated.
    """
    places: dict[Place, dict[str, list[Finding]]] = {}
    for reviewer, report in sorted(reports.items()):
        for one in on_changed_lines(report.findings, change):
            places.setdefault((one.path, one.side, one.line), {}).setdefault(reviewer, []).append(one)
    comments = sorted((_comment(change, place, found) for place, found in places.items()), key=_rank)
    fresh = [one for one in comments if one.fingerprint not in known]
    shown = tuple(fresh[: settings.most_comments])
    unread = _unread(change, reports)
    head = _head(comments) if reports or not asked else "No reviewer answered."
    parts = [
        head,
        _more(fresh[len(shown) :], sum(report.left_out for report in reports.values())),
        f"Reported before and still there: {len(comments) - len(fresh)}." if len(fresh) < len(comments) else "",
        _not_reviewed(unread, change, settings),
        *(f"{quoted(name)} did not answer." for name in asked if name not in reports),
        *(
            f"{quoted(name)} stood aside: {one.stood_aside}."
            for name, one in sorted(reports.items())
            if one.stood_aside
        ),
        *(
            f"{quoted(name)} read {one.by_patch_alone} files by their patches alone: they are more than it reads whole."
            for name, one in sorted(reports.items())
            if one.by_patch_alone
        ),
        *(
            f"{quoted(name)} could not read {one.more_unread} files that are not named here."
            for name, one in sorted(reports.items())
            if one.more_unread
        ),
    ]
    summary = "\n\n".join(part for part in parts if part)
    complete = all(name in reports for name in asked) and not any(map(_is_partial, reports.values()))
    complete = complete and not change.unlisted and all(_is_expected(one, change.fork) for one in unread)
    conclusion = _conclusion(comments, complete, settings)
    return Review(shown, head, summary, conclusion, bool(comments) or settings.without_findings == "comment")


def _comment(change: Change, place: Place, found: Mapping[str, Sequence[Finding]]) -> Comment:
    path, side, line = place
    # The same rule of two reviewers is one finding.
    unique: dict[str, Finding] = {}
    for one in (one for findings in found.values() for one in findings):
        unique.setdefault(one.rule, one)
    findings = tuple(sorted(unique.values(), key=lambda one: (WORST.index(one.severity), one.rule)))
    said = [
        f"**{one.severity}** {quoted(one.rule)}: {plain(one.message)} {plain(one.reason)}"
        for one in findings[:MOST_SAID]
    ]
    if len(findings) > MOST_SAID:
        said.append(f"{len(findings) - MOST_SAID} more rules find something here.")
    difference = _difference(found)
    file = change.by_path[path]
    text = (file.added if side == "RIGHT" else file.removed)[line]
    content = "\0".join([path, side, " ".join(text.split()), *sorted(unique)])
    fingerprint = hashlib.sha256(content.encode(errors="replace")).hexdigest()[:16]
    return Comment(path, line, side, "\n\n".join([*said, *([difference] if difference else [])]), findings, fingerprint)


def _difference(found: Mapping[str, Sequence[Finding]]) -> str:
    """What reviewers disagree on: how bad the line is."""
    worst = {name: min((one.severity for one in own), key=WORST.index) for name, own in found.items()}
    if len(set(worst.values())) < 2:
        return ""
    return f"Reviewers differ: {', '.join(f'{quoted(name)} says {severity}' for name, severity in worst.items())}."


def _rank(comment: Comment) -> tuple[int, int, str, int]:
    return (WORST.index(comment.findings[0].severity), -len(comment.findings), comment.path, comment.line)


def _head(comments: Sequence[Comment]) -> str:
    if not comments:
        return "No findings. This is no approval."
    counts: Counter[str] = Counter(one.findings[0].severity for one in comments)
    lines = "line" if len(comments) == 1 else "lines"
    return f"Findings on {len(comments)} {lines}: {', '.join(f'{counts[one]} {one}' for one in WORST if counts[one])}."


def _more(rest: Sequence[Comment], left_out: int) -> str:
    if not rest and not left_out:
        return ""
    rules = Counter(finding.rule for one in rest for finding in one.findings)
    named = ", ".join(f"{count} x {quoted(rule)}" for rule, count in rules.most_common(5))
    unnamed = f"{left_out} more in reports that were full" if left_out else ""
    return f"Without a comment of their own: {'; '.join(filter(None, [named, unnamed]))}."


def _unread(change: Change, reports: Mapping[str, ReviewerReport]) -> list[tuple[str, str]]:
    """All files that were not read, with the reason."""
    unread = [(one.path, str(one.unread)) for one in change.files if one.unread]
    known = {path[:LONGEST_UNREAD] for path, _ in unread}  # a report has a long name shortened
    seen = dict(one for report in reports.values() for one in report.unread)
    return [*((path, why) for path, why in seen.items() if path not in known), *unread]


def _is_expected(unread: tuple[str, str], fork: bool) -> bool:
    """Whether it is the file's nature not to be read, and not a way to hide it.

    One zero byte makes a program binary, and a folder named "vendor" makes it another project's.
    """
    path, why = unread
    hidden = (why in _WITHOUT_TEXT and language_of(path) in PROGRAMS) or (fork and why in _CHOSEN)
    return why in _EXPECTED and not hidden


def _is_partial(report: ReviewerReport) -> bool:
    """Whether the reviewer did not read all that it reads, or reports more than could be read."""
    limits = report.by_patch_alone or report.more_unread or report.left_out
    return bool(limits or report.stood_aside == ANOTHER_HEAD)


def _not_reviewed(unread: Sequence[tuple[str, str]], change: Change, settings: Settings) -> str:
    """The files that were not read: those that people do not write by number, the others by name."""
    counts = Counter(one[1] for one in unread if _is_expected(one, change.fork))
    named = [f"{quoted(one[0])} ({one[1]})" for one in unread if not _is_expected(one, change.fork)]
    rest = len(named) - settings.most_names
    parts = [f"{count} {what}" for what, count in sorted(counts.items())] + named[: settings.most_names]
    parts += [f"{rest} more"] if rest > 0 else []
    parts += [f"{change.unlisted} more files, which are too many"] if change.unlisted else []
    return f"Not reviewed: {', '.join(parts)}." if parts else ""


def _conclusion(comments: Sequence[Comment], complete: bool, settings: Settings) -> Conclusion:
    if not comments:
        return "success" if complete else "neutral"
    worst = WORST.index(comments[0].findings[0].severity)
    return "failure" if settings.failing and worst <= WORST.index(settings.failing) else "neutral"
