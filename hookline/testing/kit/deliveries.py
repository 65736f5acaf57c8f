"""Signed deliveries of a test: a provider's fixture, with changes, which the real verifier reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from functions.core.ingress.reading import FORM
from hookline.operator.errors import OperatorError, UnknownName
from hookline.testing import fixtures


@dataclass(frozen=True)
class Delivery:
    """A delivery of a provider without its signature: the kit signs it when it delivers it."""

    provider: str
    fixture: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def delivery(
    provider: str, fixture: str | None = None, *, set: Mapping[str, Any] | None = None, ids: str = fixtures.PLACEHOLDER
) -> Delivery:
    """A fixture of `provider`, by default its first; `set` changes the values at dotted paths of its body.

    A number in a path is a position of a list. `ids` replaces the word Example in its ids, so that two deliveries of
    one fixture are about two things. Raises OperatorError for an unknown provider, fixture or path.
    """
    known = fixtures.names(provider)
    if fixture is not None and fixture not in known:
        raise UnknownName(f"fixture of {provider}", fixture, known)
    loaded = fixtures.load(provider, fixture)
    headers = {name: value.replace(fixtures.PLACEHOLDER, ids) for name, value in loaded.headers.items()}
    body = changed(loaded.body.replace(fixtures.PLACEHOLDER, ids), set or {}, headers.get("content-type", "") == FORM)
    return Delivery(provider, loaded.name, body.encode(), headers)


def changed(body: str, changes: Mapping[str, Any], form: bool = False) -> str:
    """The body with other values at dotted paths, which exist in it. Raises UnknownName or OperatorError."""
    if not changes:
        return body
    if form:
        pairs = parse_qsl(body, keep_blank_values=True)
        for path in changes:
            if path not in dict(pairs):
                raise UnknownName("field of the fixture's form", path, dict(pairs))
        return urlencode([(name, str(changes.get(name, value))) for name, value in pairs])
    content = json.loads(body)
    for path, value in changes.items():
        *way, last = path.split(".")
        place = content
        for name in way:
            place = place[_key(place, name, path)]
        place[_key(place, last, path)] = value
    return json.dumps(content)


def _key(place: Any, name: str, path: str) -> Any:
    """The key of `name` in an object or a list."""
    if isinstance(place, list) and name.isdecimal() and int(name) < len(place):
        return int(name)
    if isinstance(place, dict) and name in place:
        return name
    if isinstance(place, dict):
        raise UnknownName(f"member, for {path!r} in set,", name, place)
    raise OperatorError(f"{path!r} in set leads through a value that has no member {name!r}")
