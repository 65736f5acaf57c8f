"""Fields of a body are changed by their paths, and keep their types."""

import json
from contextlib import suppress
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.field_changes import changed_form, changed_json, parse

BODY = {
    "action": "opened",
    "number": 12,
    "ratio": 0.5,
    "draft": False,
    "milestone": None,
    "labels": [{"name": "bug"}, {"name": "docs"}],
    "pull_request": {"title": "Retry the export", "head": {"sha": "6dcb"}},
    "com.acme": {"v": 1},
}


def change(*changes: str) -> dict:
    return json.loads(changed_json(json.dumps(BODY), parse(changes)))


@pytest.mark.parametrize(
    ("one", "path", "value"),
    [
        ("pull_request.title=Hello, world=1", ("pull_request", "title"), "Hello, world=1"),
        ('pull_request.title="Hello"', ("pull_request", "title"), "Hello"),
        ("pull_request.title=", ("pull_request", "title"), ""),
        ("pull_request.head.sha=123", ("pull_request", "head", "sha"), "123"),
        ("action=null", ("action",), "null"),
        ("action=äöü", ("action",), "äöü"),
        ("number=7", ("number",), 7),
        ("number=7.5", ("number",), 7.5),
        ("number=null", ("number",), None),
        ("draft=true", ("draft",), True),
        ("milestone=3", ("milestone",), 3),
        ("milestone=soon", ("milestone",), "soon"),
        ("labels.1.name=ui", ("labels", 1, "name"), "ui"),
        ("labels[0].name=ui", ("labels", 0, "name"), "ui"),
        ("labels=[]", ("labels",), []),
        ('pull_request.head={"sha": "1"}', ("pull_request", "head"), {"sha": "1"}),
        ("com.acme.v=2", ("com.acme", "v"), 2),
    ],
)
def test_a_field_gets_the_value_with_the_type_that_it_had(one, path, value):
    """The others stay as they are."""
    expected = json.loads(json.dumps(BODY))
    place = expected
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert change(one) == expected


def test_several_changes_are_all_made():
    """The later one on the same path counts."""
    after = change("number=1", "draft=true", "number=2")
    assert (after["number"], after["draft"]) == (2, True)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ("number=seven", "number is a number, which 'seven' is not"),
        ("number=true", "number is a number, which 'true' is not"),
        ("number=NaN", "number is a number, which 'NaN' is not"),
        ("draft=1", "draft is true or false, which '1' is not"),
        ("labels={}", "labels is a list, which '{}' is not"),
        ("pull_request=none", "pull_request is an object, which 'none' is not"),
        ("title", "write PATH=VALUE"),
        ("=x", "write PATH=VALUE"),
    ],
)
def test_a_value_of_another_type_is_refused_in_one_line(one, said):
    """With what it should be."""
    with pytest.raises(OperatorError) as refused:
        change(one)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("titel", "(known: pull_request.title)"),
        ("pull_request.titel", "(did you mean pull_request.title?)"),
        ("labels.2.name", "(did you mean labels."),
        ("pull_request.zzz", "(did you mean pull_request."),
        ("zzz", "(known: action, number, ratio, draft, milestone, labels, pull_request, com.acme)"),
        ("action.x", "(did you mean action?)"),
    ],
)
def test_a_path_that_does_not_exist_gets_the_nearest_or_those_beside_it(path, near):
    """Nothing is added to a body: a provider sends no field of this name."""
    with pytest.raises(UnknownName) as refused:
        change(f"{path}=1")
    assert near in str(refused.value)


@pytest.mark.parametrize("body", ["", "{", "Body=Hello", "[" * 5000 + "]" * 5000, "[" * 101 + "]" * 101])
def test_a_body_that_is_no_json_cannot_be_changed(body):
    """In one line, however deep it is."""
    with pytest.raises(OperatorError, match="this body is neither"):
        changed_json(body, {"a": "1"})


def test_a_field_of_a_form_is_a_text_and_the_others_stay():
    """In their order, those without a value and those that are there twice too."""
    after = changed_form("From=%2B1&Body=Hi&Empty=&Tag=a&Tag=b", {"Body": "12 & more"})
    assert parse_qsl(after, keep_blank_values=True) == [
        ("From", "+1"),
        ("Body", "12 & more"),
        ("Empty", ""),
        ("Tag", "a"),
        ("Tag", "b"),
    ]
    with pytest.raises(UnknownName, match="did you mean Body"):
        changed_form("From=1&Body=Hi", {"Bodi": "x"})


def test_the_json_in_a_form_is_changed_by_its_own_paths():
    """As GitHub and Slack send it."""
    after = dict(parse_qsl(changed_form("payload=%7B%22number%22%3A1%7D&x=y", {"number": "2"}, packed="payload")))
    assert (json.loads(after["payload"]), after["x"]) == ({"number": 2}, "y")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(body=VALUES, path=st.text(min_size=1, max_size=8), value=st.text(max_size=8))
def test_any_change_of_any_body_is_json_or_one_line(body, path, value):
    """What a person types is never a traceback."""
    with suppress(OperatorError):
        json.loads(changed_json(json.dumps(body), {path: value}), parse_constant=lambda name: pytest.fail(name))
