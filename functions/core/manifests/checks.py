"""Checks that all manifests share.

Manifests import the standard library only: infra reads each of them at synth, and every cold start imports one.
A bad value raises ManifestError with the value in the message. Validation has every bad value reported instead, so each
check returns whether it holds: what follows it must not rely on a value that was refused.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from functions.core.platform.errors import ManifestError

# A name becomes part of function names, ARNs and IAM conditions, so it has only characters that all of them accept.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
DETAIL_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
OPERATION = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"{(\w+)}")
_TAG = re.compile(r"[\w\s.:/=+@-]{1,256}")


_report: ContextVar[Callable[[str], None] | None] = ContextVar("report", default=None)


@contextmanager
def reported(report: Callable[[str], None]) -> Iterator[None]:
    """Within the context, `report` receives the message of each bad value, and nothing is raised for it."""
    before = _report.set(report)
    try:
        yield
    finally:
        _report.reset(before)


def require(good: object, message: str) -> bool:
    """Whether it is `good`. Raises ManifestError with `message` if not, unless messages are reported."""
    if good:
        return True
    report = _report.get()
    if report is None:
        raise ManifestError(message)
    report(message)
    return False


def is_name(name: object) -> bool:
    """Whether it is a valid name of a folder."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def require_name(kind: str, name: str) -> bool:
    """Require a valid name of a `kind` of folder."""
    return require(
        is_name(name),
        f"{kind} name {name!r}: use 1 to 31 lower-case letters, digits and underscores, a letter first",
    )


def require_operation(what: str, name: object, like: str = "it looks like") -> bool:
    """Require that `what` is the name of an operation; `like` stands before the example in the message."""
    good = isinstance(name, str) and OPERATION.fullmatch(name)
    return require(good, f"{what}: {like} 'charge.retrieve'")


def require_text(what: str, value: object) -> bool:
    """Require that `what` is a text and not blank."""
    return require(isinstance(value, str) and value.strip(), f"{what} is {value!r}: a text, and not a blank one")


def require_list(what: str, values: object, kind: type) -> bool:
    """Require that `what` is a list of `kind`. A single text is refused: it would be read letter by letter."""
    kinds = "texts" if kind is str else kind.__name__
    if not isinstance(values, list | tuple):
        return require(False, f"{what} {values!r}: write a list of {kinds}, even of one")
    return every(require(isinstance(value, kind), f"{what} {value!r}: write a list of {kinds}") for value in values)


def require_paths(what: str, paths: object) -> bool:
    """Require that `what` is a list of dotted paths."""
    if not isinstance(paths, list | tuple):
        return require(False, f"{what} {paths!r}: a list of dotted paths")
    return every(
        require(isinstance(path, str) and path and ".." not in path, f"{what} {path!r}: a dotted path")
        for path in paths
    )


def every(checks: Iterator[bool]) -> bool:
    """Whether all checks hold; each is made, also after one that does not."""
    return all([*checks])


def require_tag(what: str, value: str) -> bool:
    """Require a value that IAM accepts as a tag of AWS resources."""
    good = isinstance(value, str) and value.strip() and _TAG.fullmatch(value)
    return require(good, f"{what} {value!r}: 1 to 256 letters, digits, blanks and _.:/=+-@")


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces in a template, in order: ("charge",) of "stripe:charge/{charge}"."""
    return tuple(_PLACEHOLDER.findall(template))
