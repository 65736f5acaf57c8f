"""What the tests reviewer finds: code without tests where tests are usual, and tests that do not run. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from functions.agents.tests_reviewer.conventions import defines, is_code, usual_tests
from functions.agents.tests_reviewer.markers import is_focused, is_skipped
from functions.api.changes import PROGRAMS, Change, ChangedFile, Finding, is_test, language_of, quoted

LEAST_CHANGED = 5  # lines of code of a file that has tests
LEAST_NEW = 12  # lines of code of a new file, where other files have tests
MOST_CANDIDATES = 24  # paths that are looked up for a change


def candidates(change: Change) -> tuple[str, ...]:
    """The paths to look up in the repository before the review: where the tests of the changed code may be."""
    if _has_tests(change):
        return ()
    # The likeliest places of each file first.
    places = zip_longest(*(usual_tests(file.path) for file in _code(change)))
    found = [path for of_each in places for path in of_each if path and path not in change.by_path]
    return tuple(dict.fromkeys(found))[:MOST_CANDIDATES]


def needs_contents(file: ChangedFile) -> bool:
    """Whether the file's whole text is read: a test, whose lines before a changed one may say why it is skipped."""
    return file.is_test and file.language in PROGRAMS


def untested(change: Change) -> tuple[Finding, ...]:
    """The findings; `change.beside` has the tests that the repository is known to have."""
    found = [one for file in change.readable if file.is_test for one in _markers(file)]
    found += _removed(change)
    # One changed test is enough: which test covers which line is not known here.
    if not _has_tests(change):
        found += _once([one for file in _code(change) for one in _without_test(file, change)])
    return tuple(found)


def _has_tests(change: Change) -> bool:
    return any(file.is_test and file.status != "removed" for file in change.files)


def _once(found: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for each rule: that a change has no tests is one thing, however many files it has."""
    for rule in dict.fromkeys(one.rule for one in found):
        first, *rest = [one for one in found if one.rule == rule]
        more = f" So it is with {len(rest)} more of its files." if rest else ""
        yield replace(first, message=first.message + more)


def _code(change: Change) -> list[ChangedFile]:
    """The files with code of the change that tests could test."""
    files = [one for one in change.readable if one.language in PROGRAMS and not one.is_test]
    return [one for one in files if one.status != "removed" and usual_tests(one.path)]


def _without_test(file: ChangedFile, change: Change) -> Iterator[Finding]:
    code = {number: text for number, text in file.added.items() if is_code(file.language, text)}
    existing = [path for path in usual_tests(file.path) if change.has(path)]
    if file.status == "added":
        usual = any(is_test(path) and language_of(path) == file.language for path in change.beside)
        if usual and len(code) >= LEAST_NEW and sum(map(defines, code.values())) >= 2:
            message = f"The new file has {len(code)} lines of code, and the change no test."
            reason = "Other files of this language have tests here."
            yield Finding("new-code-without-test", file.path, min(code), "low", message, reason)
    elif existing and len(code) >= LEAST_CHANGED:
        message = f"{len(code)} lines of code change, and no test does."
        reason = f"The file has tests in {quoted(existing[0])}."
        yield Finding("untested-change", file.path, min(code), "low", message, reason)


def _markers(file: ChangedFile) -> Iterator[Finding]:
    lines = (file.new or "").split("\n")
    for number, text in file.added.items():
        before = lines[number - 2] if 2 <= number <= len(lines) + 1 else ""
        if is_focused(file.language, text):
            reason = "All others of the file are left out, and the run is green."
            yield Finding("focused-test", file.path, number, "high", "Only this test runs.", reason)
        elif is_skipped(file.language, text, before):
            reason = "A test that does not run protects nothing: say why, and until when."
            yield Finding(
                "skipped-test", file.path, number, "medium", "The test is switched off without a reason.", reason
            )


def _removed(change: Change) -> Iterator[Finding]:
    """Tests that are removed while what they test stays, and no other test is new."""
    if any(file.is_test and file.status in ("added", "renamed") for file in change.files):
        return
    for file in change.readable:
        if not (file.is_test and file.status == "removed" and file.removed and file.language in PROGRAMS):
            continue
        paths = [*(one.path for one in change.files if one.status != "removed"), *change.beside]
        subject = next((path for path in paths if file.path in usual_tests(path) and change.has(path)), "")
        if subject:
            message = f"The tests of {quoted(subject)} are removed, and it stays."
            line = min(file.removed)
            reason = "Nothing tests it any more."
            yield Finding("removed-test", file.path, line, "medium", message, reason, side="LEFT")
