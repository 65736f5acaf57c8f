"""Encodes an operation's arguments as the provider's API expects them. Pure."""

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from functions.core.manifests.arguments import Argument, ListOf, Object, Text
from functions.core.manifests.operation import Operation

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Encoded:
    """A call on the wire: its path, its query with the question mark, and its body of `content_type`."""

    path: str
    query: str = ""
    body: bytes | None = None
    content_type: str = ""


def encoded(operation: Operation, arguments: Mapping[str, Any]) -> Encoded:
    """The call of `operation` with `arguments`, which were checked.

    Fields of `sends` that are also in `arguments`, with the ledger's key in them, are taken from there. Arguments that
    are in the path are not sent again, nor is the App that a call is made as: its JWT names it.
    """
    path = operation.path.format(**{name: quote(arguments[name], safe="") for name in operation.parameters})
    in_path = [name for name in operation.parameters if f"{{{name}}}" in operation.path or operation.as_app]
    kinds = operation.arguments
    given = {name: _escaped(kinds.get(name), value) for name, value in arguments.items() if name not in in_path}
    fields = {**given, **{name: value for name, value in operation.sends.items() if name not in given}}
    if operation.encoded == "json":
        # An effect without arguments sends an empty object: JSON APIs expect a body.
        body = json.dumps(fields, separators=(",", ":")).encode() if fields or operation.kind == "effect" else None
        return Encoded(path, body=body, content_type=JSON if body else "")
    if operation.encoded == "form":
        return Encoded(path, body=urlencode(list(_pairs(fields))).encode(), content_type=FORM)
    query = urlencode(list(_repeated(fields)))
    return Encoded(path, query=f"?{query}" if query else "")


def _escaped(kind: Argument | None, value: Any) -> Any:
    match kind:
        case Text(escape="html"):
            return html.escape(value, quote=False)
        case ListOf():
            return [_escaped(kind.item, item) for item in value]
        case Object():
            return {name: _escaped(kind.fields[name], item) for name, item in value.items()}
    return value


def _pairs(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a form; nested values have their path in brackets: `items[0][price]`."""
    for name, value in fields.items():
        yield from _bracketed(name, value)


def _bracketed(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _bracketed(f"{name}[{inner}]", item)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _bracketed(f"{name}[{number}]", item)
    else:
        yield name, _written(value)


def _repeated(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters of a query; a list is its name repeated, an object its JSON."""
    for name, value in fields.items():
        for item in value if isinstance(value, list | tuple) else [value]:
            yield name, json.dumps(item) if isinstance(item, Mapping | list) else _written(item)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
