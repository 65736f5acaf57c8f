"""Faults that show in the text of a file, whatever its language is, in JSON and in CI workflows. Pure."""

import json
import re
from collections.abc import Iterator

from functions.api.changes import ChangedFile, Finding

_OURS, _MIDDLE, _THEIRS = re.compile(r"<{7} \S"), re.compile(r"={7}$"), re.compile(r">{7} \S")
# Files named .json that may have comments.
_WITH_COMMENTS = re.compile(
    r"(?:^|/)(?:tsconfig[^/]*|jsconfig[^/]*|\.?eslintrc|devcontainer|settings|launch)\.json$|\.vscode/"
)
_WORKFLOW = re.compile(r"^\.github/(?:workflows/.+|actions/.+/action)\.ya?ml$")
_RUN = re.compile(r"^(\s*)(?:- )?run:\s*(.*)$")
# What the author of an issue, a comment or a pull request writes; https://docs.github.com/actions/reference/security/secure-use
_WRITTEN_OUTSIDE = re.compile(
    r"\$\{\{[^{}]*\b(?:github\.event\.(?:[\w.]+\.)?(?:title|body|message|head\.ref|head\.label|default_branch|email"
    r"|page_name)|github\.head_ref)\b[^{}]*\}\}"
)


def text_findings(file: ChangedFile) -> Iterator[Finding]:
    """What the file's text shows."""
    yield from _conflicts(file)
    if file.path.endswith(".json") and not file.is_lock and not _WITH_COMMENTS.search(file.path):
        yield from _broken_json(file)
    if _WORKFLOW.search(file.path):
        yield from _workflow_injections(file)


def _conflicts(file: ChangedFile) -> Iterator[Finding]:
    """A marker counts only with both others after it: rows of signs are headings and quotes too."""
    middle = max((number for number, text in file.added.items() if _MIDDLE.match(text)), default=0)
    last = max((number for number, text in file.added.items() if _THEIRS.match(text)), default=0)
    first = next((number for number, text in file.added.items() if _OURS.match(text)), 0)
    if 0 < first < middle < last:
        reason = "The merge is not finished, and the file holds both versions."
        yield Finding("conflict-marker", file.path, first, "high", "A merge conflict's marker.", reason)


def _broken_json(file: ChangedFile) -> Iterator[Finding]:
    if file.new is None or (file.old is not None and not _is_json(file.old)):
        return
    try:
        json.loads(file.new)
    except json.JSONDecodeError as error:
        # The parser stops behind the fault, so the changed line at or before that place has it.
        near = [line for line in file.added if line <= error.lineno]
        if near and error.lineno - max(near) <= 1:
            reason = "What reads the file fails."
            yield Finding("json-syntax", file.path, max(near), "high", "The file is no longer valid JSON.", reason)
    except (RecursionError, ValueError):
        return


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _workflow_injections(file: ChangedFile) -> Iterator[Finding]:
    """Expressions with outsiders' text in `run`, which is a shell's script."""
    within = -1
    for number, text in enumerate((file.new or "").split("\n"), start=1):
        indent = len(text) - len(text.lstrip(" "))
        start = _RUN.match(text)
        if start:
            within = len(start[1])
        elif text.strip() and indent <= within:
            within = -1
        if within >= 0 and _WRITTEN_OUTSIDE.search(text):
            message = "The script contains text that anybody can write."
            reason = "A title with a command in it runs that command: pass it by `env`, and quote the variable."
            yield Finding("workflow-injection", file.path, number, "high", message, reason)
