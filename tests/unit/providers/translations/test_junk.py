"""A translation of anything is one that the catalogue takes, or is refused as unreadable."""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.events import catalogue
from functions.core.ingress.delivery import RawEvent
from functions.core.ingress.reading import raw_events
from functions.core.ingress.translating import Fields, flag, name, one_of, text, texts, whole
from functions.core.manifests.identity import BodyDigest
from functions.core.manifests.source import Reading
from functions.core.manifests.tenant import OneTenant
from functions.core.platform.errors import UnreadableBody
from tests.unit.providers.translations.readings import FIXTURES, STABLE, TRANSLATED, read, translator

junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(["opened", "closed", "", "x" * 10_000, "0-1", 10**40, -1, "\ud800", "a/b"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def raw_types(source: str) -> list[str]:
    table = getattr(importlib.import_module(f"functions.providers.{source}.translate"), "_TRANSLATIONS", {})
    return [*table, "invoice.paid", "unknown"]


@pytest.mark.parametrize("source", TRANSLATED)
def test_a_translation_of_junk_is_refused_as_unreadable_and_nothing_else(source: str) -> None:
    @given(st.dictionaries(st.sampled_from(["data", "detail", "event", "id", "action"]) | st.text(max_size=5), junk))
    @STABLE
    def of(body: dict[str, Any]) -> None:
        try:
            read = as_read(body)
        except UnreadableBody:
            return
        for raw_type in raw_types(source):
            only_unreadable(source, RawEvent(None, raw_type, read))

    of()


@pytest.mark.parametrize("source", TRANSLATED)
def test_a_delivery_with_junk_in_one_place_is_translated_or_refused(source: str) -> None:
    """This reaches what plain junk does not: everything is as documented, but for one value."""
    translate = translator(source)
    bodies = [one for fixture in FIXTURES if fixture.source == source for one in read(fixture) if translate(one)]

    @given(st.sampled_from(bodies), st.randoms(use_true_random=False), junk)
    @settings(STABLE, max_examples=120)
    def of(raw_event: RawEvent, random: Any, value: Any) -> None:
        body = json.loads(json.dumps(raw_event.body))
        nodes = list(containers(body))
        node = random.choice(nodes)
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if places:
            node[random.choice(places)] = value
        try:
            body = as_read(body)
        except UnreadableBody:
            return
        only_unreadable(source, RawEvent(raw_event.id, raw_event.raw_type, body))

    of()


def as_read(body: Any) -> Any:
    """Returns the body as reading hands it to a translation: no NaN, no half of a surrogate pair."""
    (one,) = raw_events(
        json.dumps({"type": "x", "body": body}).encode(),
        {},
        Reading(type=["type"], identity=BodyDigest(60), tenant=OneTenant("a test")),
    )
    return one.body["body"]


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def only_unreadable(source: str, raw_event: RawEvent) -> None:
    try:
        translation = translator(source)(raw_event)
    except UnreadableBody as error:
        assert len(str(error)) < 500  # it names the place and does not quote what is there
        return
    if translation is None:
        return
    assert [
        entity for entity in translation.entities if not re.fullmatch(r"[a-z0-9_]+:[a-z0-9_]+/[!-~]+", entity)
    ] == []
    # A verifier does not check again, so the models must accept a translation as it is.
    assert catalogue.check(translation.type, translation.data) == translation.data


@given(junk, st.text(max_size=10))
@STABLE
def test_a_kind_of_value_reads_it_or_says_what_it_should_have_been(value: Any, path: str) -> None:
    for kind in (name, text(5), texts(5, 2), whole, flag, one_of({"a": 1})):
        fields = Fields({"a": {"b": value}})
        for take in (fields.need, fields.key, fields.may):
            try:
                take("a.b", kind)
                take(path, kind)
            except UnreadableBody as error:
                assert "\ud800" not in str(error)


def test_only_an_object_has_fields() -> None:
    fields = Fields({"list": [{"a": 1}, 2], "object": {}, "null": None, "text": "x"})
    for odd in ("missing", "null", "list", "text"):
        assert fields.part(odd).may("anything", name) is None
        with pytest.raises(UnreadableBody, match=f"{odd}.a is missing"):
            fields.part(odd).need("a", name)
    assert [part.need("a", name) for part in fields.parts("list")] == ["1"]
    assert fields.parts("missing") == fields.parts("null") == fields.parts("object") == []
    with pytest.raises(UnreadableBody, match="the body is not an object"):
        Fields(["a"])


def test_a_field_is_needed_a_key_or_left_out() -> None:
    """What is of another kind is refused for the first two, and left out for the third."""
    fields = Fields({"good": "cus_1", "odd": {"id": "cus_1"}, "empty": ""})
    assert [fields.need("good", name), fields.key("good", name), fields.may("good", name)] == ["cus_1"] * 3
    assert [take(path, name) for take in (fields.key, fields.may) for path in ("missing", "empty")] == [None] * 4
    assert fields.may("odd", name) is None
    for take in (fields.need, fields.key):
        with pytest.raises(UnreadableBody, match="odd is not a name"):
            take("odd", name)
