"""Changes fields of a delivery's body by their paths, for `hookline send --set`. Pure.

A path is dotted, and positions of a list are numbers: `pull_request.labels.0.name`, or `pull_request.labels[0].name`. A
value keeps the type of the one that it replaces.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from functions.core.platform.nesting import DEEPEST, deeper_than
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.findings import close_to

_POSITION = re.compile(r"\[(\d+)\]")
KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def parse(changes: Sequence[str]) -> dict[str, str]:
    """The values by their paths, of `path=value`. Raises OperatorError for any other form."""
    found = {}
    for change in changes:
        path, sign, value = change.partition("=")
        if not (path and sign):
            raise OperatorError(f'--set {change!r}: write PATH=VALUE, for example pull_request.title="Hello"')
        found[path] = value
    return found


def changed_json(body: str, changes: dict[str, str]) -> str:
    """The JSON body with the changes.

    Raises UnknownName if a path does not exist, OperatorError if a value is not of its type or the body is not JSON.
    """
    try:
        content = json.loads(body)
        readable = not deeper_than(content, DEEPEST)
    except (ValueError, RecursionError):
        readable = False
    if not readable:
        raise OperatorError("--set changes the fields of JSON and of forms, and this body is neither")
    for path, value in changes.items():
        content = _changed(content, path, _POSITION.sub(r".\1", path).strip(".").split("."), value, content)
    return json.dumps(content, ensure_ascii=False)


def changed_form(body: str, changes: dict[str, str], packed: str = "") -> str:
    """The form with the changes; `packed` is the field that holds a JSON body, whose fields the paths then name.

    Raises the errors of `changed_json`.
    """
    fields = parse_qsl(body, keep_blank_values=True)
    names = [name for name, _ in fields]
    if packed in names:
        return urlencode([(name, changed_json(value, changes) if name == packed else value) for name, value in fields])
    for path in changes:
        if path not in names:
            raise UnknownName("field", path, names)
    return urlencode([(name, changes.get(name, value)) for name, value in fields])


def _changed(content: Any, path: str, parts: Sequence[str], text: str, whole: Any) -> Any:
    """`content` with the value at `parts` replaced; `path` and `whole` are for the error."""
    if not parts:
        return _value(path, content, text)
    if isinstance(content, list) and parts[0].isdecimal() and int(parts[0]) < len(content):
        at = int(parts[0])
        return [*content[:at], _changed(content[at], path, parts[1:], text, whole), *content[at + 1 :]]
    if isinstance(content, dict):
        # A name may hold dots itself: the longest one that exists is meant.
        for end in range(len(parts), 0, -1):
            if (name := ".".join(parts[:end])) in content:
                return {**content, name: _changed(content[name], path, parts[end:], text, whole)}
    above = _POSITION.sub(r".\1", path).strip(".").split(".")[: -len(parts)]
    raise UnknownName("field", path, _known(path, above, content, whole))


def _known(path: str, above: Sequence[str], content: Any, whole: Any) -> list[str]:
    """The paths to name in the place of an unknown one: those beside it, or with a like name if none beside it has.

    `above` is the part of it that exists, with the value `content`.
    """
    if not isinstance(content, dict | list):
        return [_spelled(above)]
    beside = [(*above, str(name)) for name in (content if isinstance(content, dict) else _positions(content))]
    name = path.rpartition(".")[2]
    alike = [way for way in _paths(whole) if close_to(name, [way[-1]])]
    if alike and not close_to(name, [way[-1] for way in beside]):
        beside = alike
    return list(dict.fromkeys(map(_spelled, beside)))


def _value(path: str, before: Any, text: str) -> Any:
    """The value that `text` stands for, of the type of the value `before`. Null stands for a value of any type."""
    try:
        given = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        given = text
    if isinstance(before, str):
        # 123 stays a text in the place of one; the quotes of a JSON text are not a part of it.
        return given if isinstance(given, str) else text
    if before is None or given is None:
        return given
    kind = KINDS[type(before)]
    if KINDS.get(type(given)) != kind:
        raise OperatorError(f"--set {path}={text}: {path} is {kind}, which {text!r} is not")
    return given


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _paths(content: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    names = content if isinstance(content, dict) else _positions(content)
    for name in names:
        way = (*above, str(name))
        yield way
        yield from _paths(content[name], way)


def _positions(content: Any) -> range:
    return range(len(content)) if isinstance(content, list) else range(0)


def _spelled(way: Sequence[str]) -> str:
    return ".".join(way)
