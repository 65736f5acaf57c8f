"""What the lint reviewer finds in a change: faults on its changed lines, in several languages. Pure."""

from collections.abc import Iterator

from functions.agents.lint_reviewer.patterns import first_error, is_bounded, pattern_findings
from functions.agents.lint_reviewer.python import parses, python_findings
from functions.agents.lint_reviewer.texts import text_findings
from functions.api.changes import PROGRAMS, Change, ChangedFile, Finding, on_changed_lines


def lint(change: Change) -> tuple[Finding, ...]:
    """The findings on lines that the change adds."""
    return examined(change)[0]


def examined(change: Change) -> tuple[tuple[Finding, ...], int]:
    """The findings, and how many programs are too large or nested too deep for a parser, and so not read whole."""
    found: list[Finding] = []
    left = 0
    for file in change.readable:
        if file.status == "removed" or file.is_lock:
            continue
        try:
            found.extend(_findings(file, change.fork))
        except (RecursionError, MemoryError):
            left += 1
    return on_changed_lines(found, change), left


def needs_contents(file: ChangedFile) -> bool:
    """Whether the file's whole text says more than its changed lines."""
    return bool(file.language) and not file.is_lock


def _findings(file: ChangedFile, fork: bool) -> Iterator[Finding]:
    """What is found in a file. Raises RecursionError or MemoryError, after what was found, if a parser gives up."""
    yield from text_findings(file)
    if file.new is None:
        return
    if file.language in PROGRAMS:
        broken = list(_syntax(file))
        if broken:
            yield from broken
            return
    yield from pattern_findings(file)
    if file.language in PROGRAMS and not is_bounded(file.new):
        raise RecursionError("the program is too large, or nested too deep")
    if file.language == "python":
        yield from python_findings(file, outsiders=fork)


def _syntax(file: ChangedFile) -> Iterator[Finding]:
    """A syntax error that the change brings. The grammar here may be older than the code, so two must agree.

    For Python these are the interpreter's and tree-sitter's; for another language, that the old text has no error.
    """
    text = file.new or ""
    line = first_error(text, file.language)
    if not line:
        return
    if file.language == "python":
        agreed = not parses(text) and (file.old is None or parses(file.old))
    else:
        agreed = file.old is not None and not first_error(file.old, file.language)
    if agreed:
        place = line if file.changed(line) else min(file.added, key=lambda number: abs(number - line), default=line)
        if abs(place - line) <= 2:
            reason = "The file cannot be compiled or imported."
            yield Finding("syntax-error", file.path, place, "high", "The syntax is not valid here.", reason)
