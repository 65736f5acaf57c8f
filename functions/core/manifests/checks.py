"""Checks that all manifests share.

Manifests import the standard library only: infra reads each of them at synth, and every cold start imports one.
A bad value raises ManifestError with the value in the message.
"""

import re

from functions.core.platform.errors import ManifestError

# A name becomes part of function names, ARNs and IAM conditions, so it has only characters that all of them accept.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
DETAIL_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
OPERATION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}")
_PLACEHOLDER = re.compile(r"{(\w+)}")
_TAG = re.compile(r"[\w\s.:/=+@-]{1,256}")


def require(good: object, message: str) -> None:
    """Raise ManifestError with `message` unless `good`."""
    if not good:
        raise ManifestError(message)


def require_name(kind: str, name: str) -> None:
    """Require a valid name of a `kind` of folder."""
    require(
        isinstance(name, str) and _NAME.fullmatch(name),
        f"{kind} name {name!r}: use 1 to 31 lower-case letters, digits and underscores, a letter first",
    )


def require_text(what: str, value: object) -> None:
    """Require that `what` is a text and not blank."""
    require(isinstance(value, str) and value.strip(), f"{what} is {value!r}: a text, and not a blank one")


def require_list(what: str, values: object, kind: type) -> None:
    """Require that `what` is a list of `kind`. A single text is refused: it would be read letter by letter."""
    kinds = "texts" if kind is str else kind.__name__
    if not isinstance(values, list | tuple):
        raise ManifestError(f"{what} {values!r}: write a list of {kinds}, even of one")
    for value in values:
        require(isinstance(value, kind), f"{what} {value!r}: write a list of {kinds}")


def require_paths(what: str, paths: object) -> None:
    """Require that `what` is a list of dotted paths."""
    require(isinstance(paths, list | tuple), f"{what} {paths!r}: a list of dotted paths")
    assert isinstance(paths, list | tuple)  # noqa: S101 - for the type checker; refused above
    for path in paths:
        require(isinstance(path, str) and path and ".." not in path, f"{what} {path!r}: a dotted path")


def require_tag(what: str, value: str) -> None:
    """Require a value that IAM accepts as a tag of AWS resources."""
    good = isinstance(value, str) and value.strip() and _TAG.fullmatch(value)
    require(good, f"{what} {value!r}: 1 to 256 letters, digits, blanks and _.:/=+-@")


def placeholders(template: str) -> tuple[str, ...]:
    """The names in braces in a template, in order: ("charge",) of "stripe:charge/{charge}"."""
    return tuple(_PLACEHOLDER.findall(template))
