"""Names that a new agent, provider, event or field cannot have: one line each, which says what to do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.events.catalogue import events
from functions.core.platform.errors import HooklineError
from hookline.operator.errors import OperatorError
from hookline.scaffold.names import check_agent, check_event, check_field, check_line, check_provider
from infra import naming

NO_NAMES = ["", " ", "Acme", "acme-x", "acme.x", "../acme", "acme/x", "a b", "é", "1a", "_a", "acme\n", "a\0", "a" * 32]
REFUSED = (OperatorError, HooklineError)


def refusal(check, *given):
    with pytest.raises(REFUSED) as refused:
        check(*given)
    (line,) = str(refused.value).splitlines()
    return line


@pytest.mark.parametrize("name", [*NO_NAMES, "class", "import", "None", "__init__"])
@pytest.mark.parametrize("check", [check_agent, check_provider])
def test_what_is_no_name_of_a_folder_is_refused_in_a_line(check, name):
    assert "name" in refusal(check, name)


@pytest.mark.parametrize("name", ["context", "budget", "perform", "propose", "tools", "action", "typed_dict"])
def test_a_provider_cannot_have_a_name_that_an_agents_tools_have(name):
    assert "choose another name" in refusal(check_provider, name)
    check_agent(name)


def test_a_name_that_is_too_long_for_a_role_says_how_long_it_may_be():
    line = refusal(check_provider, "p" * 31)
    (longest,) = re.findall(r"up to (\d+) characters", line)
    check_provider("p" * int(longest))
    assert not naming.fits_role(naming.connector("p" * (int(longest) + 1)))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../a.b",
        "note",
        "note.",
        ".taken",
        "Note.taken",
        "note taken",
        "note..taken",
        "note.taken\n",
        "a." + "b" * 49,
    ],
)
def test_what_is_no_name_of_an_event_is_refused_in_a_line(name):
    assert "like 'note.taken'" in refusal(check_event, name)


@pytest.mark.parametrize("name", list(set(events()) - {"unmapped"}))
def test_an_event_that_exists_is_refused(name):
    assert f"there is an event {name!r} already" in refusal(check_event, name)


@pytest.mark.parametrize("name", ["acme.unmapped", "sandbox.opened"])
def test_an_event_that_no_function_would_find_is_refused(name):
    """A zip leaves out files that begin with sandbox."""
    assert "reserved" in refusal(check_event, name)


@pytest.mark.parametrize(
    "name",
    [
        *NO_NAMES[:6],
        "class",
        "copy",
        "json",
        "example",
        "owner",
        "detail_type",
        "model_x",
        "int",
        "bool",
        "_x",
        "F",
        "f" * 41,
    ],
)
def test_a_field_that_would_hide_something_is_refused(name):
    assert "write another" in refusal(check_field, name)


@pytest.mark.parametrize("value", ["", " ", "a\nb", "x" * 81, "<b>", "“quoted”", "a\tb"])
def test_a_line_that_aws_does_not_take_as_a_tag_is_refused(value):
    assert "purpose" in refusal(check_line, "purpose", value)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_is_refused_in_a_line(text):
    for check in (check_agent, check_provider, check_event, check_field):
        try:
            check(text)
        except REFUSED as refused:
            assert len(str(refused).splitlines()) == 1
        else:
            assert re.fullmatch(r"[a-z][a-z0-9_.]*", text)
