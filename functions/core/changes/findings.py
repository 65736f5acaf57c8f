"""What a reviewer finds, and its report of bounded size to the manager. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from functions.core.changes.change import Change, Unread
from functions.core.models.drafts import cleaned
from functions.core.models.visible import without_invisible

Severity = Literal["high", "medium", "low"]
Side = Literal["RIGHT", "LEFT"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
WORST = (*SEVERITIES, "none")  # the field `worst` of a report, the worst first
MOST_BYTES = 3_800  # of a report; a workflow takes an answer of 4,000
MOST_ROWS = 60  # more do not fit, as short as they may be
MOST_UNREAD, LONGEST_UNREAD = 8, 120  # files that only their contents showed to be unreadable, and their names
# The others are seen in the list of files too.
_BY_CONTENTS: Sequence[Unread] = ("not UTF-8", "stale", "too large")
LONGEST_TEXT = 240
LONGEST_CODE = 80
_RULE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+){0,6}")
_ROUND = str.maketrans("[]", "()")
_REFERENCE = re.compile(r"#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)
_SPAN = re.compile(r"(`[^`]*`)")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong on a line of the change.

    `side` is "LEFT" for a line that the change removes; then `line` counts in the old file. `message` says what is
    wrong, `reason` why that matters; names from the change stand in them as code (`quoted`).
    """

    rule: str
    path: str
    line: int
    severity: Severity
    message: str
    reason: str
    side: Side = "RIGHT"


@dataclass(frozen=True)
class ReviewerReport:
    """The findings of a reviewer, the most severe first; how many did not fit; and why it stood aside, "" if not.

    `unread` are files that it could not read, as (path, reason), and `more_unread` how many more there are.
    `by_patch_alone` is how many it read without their contents.
    """

    findings: tuple[Finding, ...] = ()
    left_out: int = 0
    stood_aside: str = ""
    unread: tuple[tuple[str, str], ...] = ()
    by_patch_alone: int = 0
    more_unread: int = 0

    @property
    def worst(self) -> str:
        """The severity of the worst finding, "none" without one."""
        return self.findings[0].severity if self.findings else "none"


def quoted(text: str, longest: int = LONGEST_CODE) -> str:
    """A name from the change as Markdown code, in which nothing is a link, a mention or markup."""
    plain = " ".join(without_invisible(text).replace("`", "'").split()) or " "
    return f"`{plain if len(plain) <= longest else f'{plain[: longest - 3]}...'}`"


def plain(text: str, longest: int = LONGEST_TEXT) -> str:
    """A reviewer's text on one line: plain, but for code.

    What is outside of code is cleaned: no link, mention, image or markup of the change's author is left.
    """
    parts = [
        quoted(part[1:-1]) if at % 2 else _cleaned(part) for at, part in enumerate(_SPAN.split(text[: 4 * longest]))
    ]
    line = "".join(parts).strip()
    if len(line) <= longest:
        return line
    cut = line[: longest - 3]
    return f"{cut.rpartition('`')[0] if cut.count('`') % 2 else cut}".rstrip() + "..."


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without repetitions, the most severe first, then by place."""
    unique = {(one.path, one.side, one.line, one.rule): one for one in findings}
    return tuple(
        sorted(unique.values(), key=lambda one: (SEVERITIES.index(one.severity), one.path, one.line, one.rule))
    )


def on_changed_lines(findings: Iterable[Finding], change: Change) -> tuple[Finding, ...]:
    """The findings that point at a line which the change adds or removes."""
    files = change.by_path
    return tuple(one for one in findings if one.path in files and files[one.path].changed(one.line, one.side))


def report_of(
    findings: Iterable[Finding], change: Change, stood_aside: str = "", by_patch_alone: int = 0, more_unread: int = 0
) -> dict[str, Any]:
    """A reviewer's report as JSON of at most MOST_BYTES: what does not fit is counted in `left_out`."""
    unread = [[one.path[:LONGEST_UNREAD], one.unread] for one in change.files if one.unread in _BY_CONTENTS]
    found = ranked(on_changed_lines(findings, change))
    rows = [
        [one.rule, one.path, one.line, one.side, one.severity, plain(one.message), plain(one.reason)]
        for one in found[:MOST_ROWS]
    ]
    for most in range(len(rows), -1, -1):
        kept = found[:most]
        content = {
            "worst": ReviewerReport(found).worst,
            "findings": rows[: len(kept)],
            "left_out": len(found) - len(kept),
            "stood_aside": plain(stood_aside, 120),
            "unread": unread[:MOST_UNREAD],
            "by_patch_alone": by_patch_alone,
            "more_unread": max(0, len(unread) - MOST_UNREAD) + more_unread,
        }
        if len(json.dumps(content, separators=(",", ":"))) <= MOST_BYTES:
            break
    return content


def read_report(content: Mapping[str, Any]) -> ReviewerReport:
    """A report as a manager got it. Any JSON yields a report: what does not fit is left out, and counted."""
    rows = content.get("findings")
    rows = rows if isinstance(rows, list | tuple) else []
    read = [_finding(row) for row in rows]
    good = [one for one in read if one is not None]
    aside, unread = content.get("stood_aside"), content.get("unread")
    pairs = [_unread(row) for row in unread[:MOST_UNREAD]] if isinstance(unread, list | tuple) else []
    return ReviewerReport(
        ranked(good),
        _count(content.get("left_out")) + len(read) - len(good),
        plain(aside, 120) if isinstance(aside, str) else "",
        tuple(one for one in pairs if one is not None),
        _count(content.get("by_patch_alone")),
        _count(content.get("more_unread")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**6 else 0


def _unread(row: object) -> tuple[str, str] | None:
    if not isinstance(row, list | tuple) or len(row) != 2:
        return None
    path, why = row
    return (path[:LONGEST_UNREAD], why) if isinstance(path, str) and why in _BY_CONTENTS else None


def _finding(row: object) -> Finding | None:
    if not isinstance(row, list | tuple) or len(row) != 7:
        return None
    rule, path, line, side, severity, message, reason = row
    texts: Sequence[object] = (rule, path, side, severity, message, reason)
    if not all(isinstance(one, str) for one in texts) or not isinstance(line, int) or isinstance(line, bool):
        return None
    if (
        line < 1
        or side not in get_args(Side)
        or severity not in SEVERITIES
        or len(rule) > 60
        or not _RULE.fullmatch(rule)
    ):
        return None
    return Finding(rule, path, line, severity, plain(message), plain(reason), side)


def _cleaned(text: str) -> str:
    """`text` cleaned, with the spaces at its ends, which stand between it and code.

    Brackets around code would make it a label of a link, and the number of an issue would refer to that.
    """
    words = _REFERENCE.sub("no. ", cleaned(text).replace("\n", " ").translate(_ROUND))
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' if before and words else ''}{words}{' ' if after else ''}" if words else " " * (before or after)
