"""Every translation: which parts of a raw event it cannot do without, and what it makes of all the others.

Providers add parts, leave parts out and change their forms. Each place of each fixture is tried in each of these ways.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from functions.core.events import catalogue
from functions.core.events.limits import LONGEST_TEXT
from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.platform.errors import UnreadableBody
from tests.contract.test_sources import code_of

GONE = object()
FORMS = (GONE, None, "an unknown word", 7, 1.5, False, [], ["a", 1], {}, {"unknown_part": {"a": 1}})
ADDED = ("an unknown item", 7, None, {"unknown_part": {"a": [1]}})


@dataclass(frozen=True)
class Case:
    """A raw event of a fixture that its source translates."""

    source: Any
    raw_event: RawEvent
    translation: Translation

    def again(self, body: Any) -> Translation | None:
        """The translation of another body."""
        made = code_of(self.source).translate(RawEvent(self.raw_event.id, self.raw_event.raw_type, body))
        assert made is None or catalogue.check(made.type, made.data) == made.data
        return made


@pytest.fixture
def translated(fixture) -> list[Case]:
    """The raw events of a fixture that are translated."""
    code = code_of(fixture.source)
    found = [(one, code.translate(one)) for one in fixture.raw_events] if code else []
    return [Case(fixture.source, raw_event, made) for raw_event, made in found if made]


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every value inside of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, str(name))
        yield from places(inner, (*path, str(name)))


def at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def changed(body: Any, path: tuple[str, ...], form: Any) -> Any:
    """The body with another value in one place."""
    body = copy.deepcopy(body)
    *way, last = path
    node = at(body, tuple(way))
    key = int(last) if isinstance(node, list) else last
    if form is GONE:
        del node[key]
    else:
        node[key] = copy.deepcopy(form)
    return body


def holds(path: tuple[str, ...], declared: list[str]) -> bool:
    """Whether a place is, or holds, one of the declared paths."""
    return any(matches(path, one) for one in declared)


def matches(path: tuple[str, ...], declared: str) -> bool:
    parts = declared.split(".")[: len(path)]
    return len(parts) == len(path) and all(want in ("*", name) for want, name in zip(parts, path, strict=True))


def letters(value: Any) -> str:
    """What remains of a text without markup, marks and blanks."""
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return re.sub(r"<[^>]*>|&[^;]*;|\W", "", text).lower()


@cache
def long_texts(type: str) -> frozenset[str]:
    """The fields of an event's data that hold long text."""
    schema = catalogue.model_of(type).model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    properties = [item for one in objects for item in one.get("properties", {}).items()]
    return frozenset(name for name, field in properties if f'"maxLength": {LONGEST_TEXT}' in json.dumps(field))


def written(translation: Translation) -> list[str]:
    """The letters of all that people wrote: of the fields that hold long text."""
    names = long_texts(translation.type)

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from [letters(inner)] if name in names and isinstance(inner, str) else texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)

    return [text for text in texts(dict(translation.data)) if text]


def origins(body: Any, text: str) -> set[tuple[str, ...]]:
    """The places where a text of the translation may come from, and those around them."""
    leaves = {path: letters(at(body, path)) for path in places(body) if not isinstance(at(body, path), dict | list)}
    found = {path for path, leaf in leaves.items() if leaf and (leaf in text or (len(text) > 4 and text in leaf))}
    return {path[:length] for path in found for length in range(1, len(path) + 1)}


def test_a_part_that_is_missing_or_unknown_is_left_out_and_nothing_else(translated):
    """Only what the source declares as its keys and needs may be refused; what people wrote elsewhere is kept."""
    for case in translated:
        body, declared = case.raw_event.body, [*case.source.keys, *case.source.needs]
        texts = {text: origins(body, text) for text in written(case.translation)}
        for path in places(body):
            for form in FORMS:
                try:
                    made = case.again(changed(body, path, form))
                except UnreadableBody:
                    assert holds(path, declared), f"{case.source.name}: {'.'.join(path)} as {form!r} is refused"
                    continue
                if holds(path, declared):
                    continue
                where = f"{case.source.name}: {'.'.join(path)} as {form!r}"
                assert made and made.type == case.translation.type, where
                said = "".join(written(made))
                lost = [text for text, of in texts.items() if path not in of and text not in said]
                assert lost == [], f"{where} drops what a person wrote"


def test_entities_are_made_of_the_declared_keys_alone(translated):
    """A name that people change, or that another gets later, must not be the key of a timeline or of a grant."""
    for case in translated:
        body, declared = case.raw_event.body, [*case.source.keys, *case.source.needs]
        for path in places(body):
            if holds(path, declared):
                continue
            for form in ("renamed", 7, GONE):
                made = case.again(changed(body, path, form))
                assert made and made.entities == case.translation.entities, f"{case.source.name}: {'.'.join(path)}"


def test_parts_that_a_provider_adds_change_nothing(translated):
    for case in translated:
        body = case.raw_event.body
        nodes = [(), *(path for path in places(body) if isinstance(at(body, path), dict | list))]
        for path in nodes:
            for added in ADDED:
                more = copy.deepcopy(body)
                node = at(more, path)
                node.append(added) if isinstance(node, list) else node.update(unknown_part=added)
                made = case.again(more)
                where = f"{case.source.name}: {added!r} in {'.'.join(path) or 'the body'}"
                assert made and (made.type, made.entities) == (case.translation.type, case.translation.entities), where
                said = "".join(written(made))
                assert [text for text in written(case.translation) if text not in said] == [], where


def test_a_declared_key_or_need_is_in_a_fixture(source, recorded):
    """Otherwise nothing shows that it is one."""
    found = {path for one in recorded[source.name] for raw_event in one.raw_events for path in places(raw_event.body)}
    declared = [*source.keys, *source.needs]
    assert [one for one in declared if not any(matches(path, one) for path in found)] == []
