"""Tests that are switched off, or that switch off all others. Pure."""

import re
from collections.abc import Mapping

_SCRIPT_ONLY = re.compile(r"\s*(?:(?:test|it|describe|context|suite)\.only|fit|fdescribe)\s*\(")
_SCRIPT_SKIP = re.compile(r"\s*(?:(?:test|it|describe|context|suite)\.skip|xit|xtest|xdescribe)\s*\(\s*[\"'`]")
_RUBY_ONLY = re.compile(r"\s*(?:fit|fdescribe|fcontext)\s+[\"']")
_RUBY_SKIP = re.compile(r"\s*(?:xit|xdescribe|xcontext)\s+[\"']|\s*skip\s*$")
_PYTHON_SKIP = re.compile(r"\s*(?:@pytest\.mark\.(?:skip|xfail)\s*(?:\(\s*\))?|pytest\.skip\(\s*\))\s*$")
_GO_SKIP = re.compile(r"\s*[tb]\.(?:Skip|SkipNow)\(\s*\)\s*$")
_JAVA_SKIP = re.compile(r"\s*@(?:Disabled|Ignore)\s*(?:\(\s*\))?\s*$")

FOCUSED: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("javascript", "typescript", "tsx"), _SCRIPT_ONLY),
    "ruby": _RUBY_ONLY,
}
SKIPPED: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("javascript", "typescript", "tsx"), _SCRIPT_SKIP),
    "go": _GO_SKIP,
    "java": _JAVA_SKIP,
    "kotlin": _JAVA_SKIP,
    "python": _PYTHON_SKIP,
    "ruby": _RUBY_SKIP,
}
_REASON = re.compile(r"(?:#|//|/\*)\s*\S{3,}")


def is_focused(language: str, line: str) -> bool:
    """Whether the line makes its test the only one that runs."""
    return language in FOCUSED and FOCUSED[language].match(line) is not None


def is_skipped(language: str, line: str, before: str) -> bool:
    """Whether the line switches a test off, and neither it nor a comment on the line `before` says why."""
    skips = language in SKIPPED and SKIPPED[language].match(line) is not None
    return skips and not _REASON.search(line) and not _REASON.match(before.strip())
