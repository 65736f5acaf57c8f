"""A delivery's raw events are found where its source says, or the body is refused as unreadable."""

import importlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingress.reading import FORM, LONGEST_NAME, MOST_RAW_EVENTS, UNTYPED, raw_events
from functions.core.manifests.identity import BodyDigest, Identity, SignedId
from functions.core.manifests.source import Reading, SourceManifest
from functions.core.manifests.tenant import OneTenant
from functions.core.platform.errors import ManifestError, UnreadableBody
from functions.core.platform.nesting import DEEPEST
from hookline.validation.discovery import FUNCTIONS

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=300)
SOURCES: dict[str, SourceManifest] = {
    path.parent.name: importlib.import_module(f"functions.providers.{path.parent.name}.source").MANIFEST
    for path in sorted(FUNCTIONS.glob("providers/*/source.py"))
}


def reading(type: list[str], identity: Identity | None = None, **fields: Any) -> Reading:
    return Reading(type, identity or BodyDigest(60), OneTenant("a test"), **fields)


PLAIN = reading(["type"], identity=SignedId(["id"]), time="at")


def read(content: Any, how: Reading = PLAIN, **headers: str) -> list[tuple[str, str | None, str | None]]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [(one.raw_type, one.id, one.time) for one in raw_events(body, named, how)]


def test_a_body_is_one_raw_event_unless_the_reading_names_a_list() -> None:
    assert read({"type": "a.b", "id": "1", "at": 1790000000}) == [("a.b", "1", "2026-09-21T14:13:20Z")]


def test_a_body_may_be_a_list_or_hold_one() -> None:
    items = [{"type": "a", "id": 1}, {"type": "b", "id": 2}]
    assert read(items, reading(["type"], identity=SignedId(["id"]), items="")) == [("a", "1", None), ("b", "2", None)]
    assert read({"in": {"it": items}}, reading(["type"], items="in.it")) == [("a", None, None), ("b", None, None)]


def test_a_type_of_several_paths_is_joined_by_dots_and_an_id_by_slashes() -> None:
    how = reading(["header:x-topic", "data.action"], identity=SignedId(["data.sid", "data.status"]))
    body = {"data": {"action": "created", "sid": "SM1", "status": "sent"}}
    assert read(body, how, x_topic="issue") == [("issue.created", "SM1/sent", None)]


def test_a_raw_type_can_have_paths_of_its_own_and_a_word_in_them() -> None:
    """What happens once has a name that its provider's API has too."""
    how = reading(["type"], identity=SignedId(["id"], types={"made": ["=thing", "object"]}))
    assert read({"type": "made", "id": "1", "object": 7}, how) == [("made", "thing/7", None)]
    assert read({"type": "changed", "id": "1", "object": 7}, how) == [("changed", "1", None)]
    with pytest.raises(UnreadableBody, match="object"):
        read({"type": "made", "id": "1"}, how)


NO_NAMES = pytest.mark.parametrize("value", [None, "", True, 1.5, [], {}, "a\nb", "a\x00", "x" * (LONGEST_NAME + 1)])


@NO_NAMES
def test_an_id_that_is_no_name_is_unreadable(value: Any) -> None:
    """Two deliveries without an id must not become one."""
    for body in ({"type": "a", "id": value}, {"type": "a"}):
        with pytest.raises(UnreadableBody):
            read(body)


@NO_NAMES
def test_a_raw_event_whose_type_is_no_name_is_untyped_and_not_refused(value: Any) -> None:
    for body in ({"type": value, "id": "1"}, {"id": "1"}):
        assert read(body) == [(UNTYPED, "1", None)]


@NO_NAMES
def test_without_an_id_a_raw_event_may_have_another_identity(value: Any) -> None:
    how = reading(["type"], SignedId(["id"], otherwise=BodyDigest(60)))
    assert read({"type": "a", "id": value}, how) == [("a", None, None)]


def test_a_raw_event_without_the_header_of_its_type_is_untyped() -> None:
    assert read({"action": "made"}, reading(["header:x-github-event", "action|"])) == [(UNTYPED, None, None)]


def test_an_id_cannot_be_read_from_a_header_which_nobody_signs() -> None:
    with pytest.raises(ManifestError):
        reading(["type"], identity=SignedId(["header:x-github-delivery"]))


@pytest.mark.parametrize("items", [None, 1, "x", {}, [], [{}] * (MOST_RAW_EVENTS + 1), [1], [None], [[]]])
def test_a_list_that_is_empty_too_long_or_of_no_objects_is_unreadable(items: Any) -> None:
    with pytest.raises(UnreadableBody):
        read(items, reading(["type"], items=""))
    with pytest.raises(UnreadableBody):
        read({"value": items}, reading(["type"], items="value"))


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (1790000000, "2026-09-21T14:13:20Z"),
        (1790000000.5, "2026-09-21T14:13:20.500000Z"),
        (1790000000123, "2026-09-21T14:13:20.123000Z"),
        ("2026-09-21T15:33:20+02:00", "2026-09-21T13:33:20Z"),
        ("2026-09-21T13:33:20.254571515Z", "2026-09-21T13:33:20.254571Z"),
        ("2026-09-21T13:33:20.000+0000", "2026-09-21T13:33:20Z"),
        ("2026-09-21 13:33:20", "2026-09-21T13:33:20Z"),
        ("yesterday", None),
        ("", None),
        (None, None),
        ({}, None),
        (1e300, None),
        (-1e300, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_time_is_read_from_what_providers_write_and_is_none_otherwise(value: Any, time: str | None) -> None:
    assert read({"type": "a", "id": "1", "at": value}) == [("a", "1", time)]


def test_a_form_is_read_as_one_by_its_content_type() -> None:
    how = reading(["Status"], identity=SignedId(["Sid", "Status"]), form="")
    body = b"Sid=SM1&Status=sent&Body=Hello%20there+%C3%BC&Empty="
    (one,) = raw_events(body, {"content-type": f"{FORM}; charset=utf-8"}, how)
    assert (one.raw_type, one.id) == ("sent", "SM1/sent")
    assert one.body == {"Sid": "SM1", "Status": "sent", "Body": "Hello there ü", "Empty": ""}
    with pytest.raises(UnreadableBody):
        raw_events(body, {"content-type": "application/json"}, how)


@pytest.mark.parametrize("body", [b"", b"a", b"a&b", b"\xff=1", b"a=1&" * 1001 + b"a=1", b'{"Status": "sent"}'])
def test_a_body_that_is_called_a_form_and_is_not_one_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        raw_events(body, {"content-type": FORM}, reading(["Status"], form=""))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"type":"a","id":"1","x":NaN}',
        b'{"type":"a","id":"1","x":Infinity}',
        b'{"type":"a","id":"1","x":' + b"9" * 5000 + b"}",
        b"null",
        b"1",
        b'"x"',
        b"[]",
    ],
)
def test_what_json_cannot_carry_on_is_unreadable_at_once(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        read(body)


def test_a_cut_emoji_costs_its_delivery_nothing_but_the_emoji() -> None:
    (one,) = raw_events(b'{"type":"a","id":"1","x":"cut \\ud83d"}', {}, PLAIN)
    assert one.body["x"] == "cut ?"
    assert read(b'{"type":"a","id":"\\ud83d"}') == [("a", "?", None)]


def test_a_body_may_be_nested_but_not_without_end() -> None:
    for levels, good in ((DEEPEST - 1, True), (DEEPEST + 1, False)):
        body = b'{"type":"a","id":"1","x":' + b"[" * levels + b"]" * levels + b"}"
        if good:
            assert read(body) == [("a", "1", None)]
        else:
            with pytest.raises(UnreadableBody):
                read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "event", "value", "data", "meta", "action"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
HEADERS = sorted(
    path.removeprefix("header:")
    for source in SOURCES.values()
    for path in source.reading.type
    if path.startswith("header:")
)


@given(
    content=st.builds(lambda value: json.dumps(value).encode(), json_values) | st.binary(max_size=60),
    headers=st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=20)),
    kind=st.sampled_from([FORM, "application/json", "", "text/plain; \ud800"]),
)
@STABLE
def test_junk_is_unreadable_for_every_source_and_nothing_else(
    content: bytes, headers: dict[str, str], kind: str
) -> None:
    assert SOURCES
    for source in SOURCES.values():
        try:
            found = raw_events(content, {**headers, "content-type": kind}, source.reading)
        except UnreadableBody as error:
            assert len(str(error)) < 300
            continue
        assert found
        for raw_event in found:
            assert raw_event.raw_type and raw_event.raw_type.isprintable()
            json.dumps(raw_event.body, allow_nan=False, ensure_ascii=False).encode()


def test_a_path_with_ways_takes_the_first_that_is_there() -> None:
    ways = reading(["event.type|type"], identity=SignedId(["sid|call"]))
    assert read({"type": "outer", "call": "c1"}, ways) == [("outer", "c1", None)]
    assert read({"type": "outer", "event": {"type": "inner"}, "sid": "s1", "call": "c1"}, ways) == [
        ("inner", "s1", None)
    ]


def test_a_path_that_ends_with_a_bar_may_be_absent_and_another_may_not() -> None:
    optional = reading(["type", "action|"], identity=SignedId(["id", "part|"]))
    assert read({"type": "push", "id": "1"}, optional) == [("push", "1", None)]
    assert read({"type": "push", "action": "made", "id": "1", "part": 2}, optional) == [("push.made", "1/2", None)]
    assert read({"type": "push", "id": "1", "part": True}, optional) == [("push", "1/true", None)]


def test_a_ping_needs_no_id() -> None:
    body = json.dumps({"type": "ping", "id": None}).encode()
    (ping,) = raw_events(body, {}, PLAIN, pings=["ping"])
    assert (ping.raw_type, ping.id) == ("ping", None)
    with pytest.raises(UnreadableBody):
        raw_events(body, {}, PLAIN)
