"""Dotted paths: what they find in a JSON value, and what they do where they lead nowhere."""

import pytest

from functions.core.platform.paths import at

BODY = {"data": {"object": {"id": "ch_1", "amount": 0, "note": None}, "list": [{"id": 1}], "text": "id"}}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", BODY),
        ("data.object.id", "ch_1"),
        ("data.object.amount", 0),
        ("data.list", [{"id": 1}]),
        ("data.missing", None),
        ("data.missing.id", None),
        ("data.object.note.id", None),
        ("data..object", None),
    ],
)
def test_a_path_leads_through_objects(path, value, strict):
    """A name that is missing and a null lead to None."""
    assert at(BODY, path, strict=strict) == value


@pytest.mark.parametrize("path", ["data.list.id", "data.list.0", "data.text.id", "data.object.amount.id"])
def test_a_path_through_anything_else_finds_nothing_or_is_refused(path):
    """Lists and texts have no members."""
    assert at(BODY, path) is None
    with pytest.raises(ValueError, match="not an object"):
        at(BODY, path, strict=True)


@pytest.mark.parametrize("value", ["text", 1, [], True])
def test_what_is_no_object_itself_has_only_the_empty_path(value):
    assert at(value, "") == value
    assert at(value, "name") is None
