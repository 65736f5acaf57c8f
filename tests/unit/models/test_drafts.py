"""Drafts of a model are plain text: no link but an allowed one, no image, no mention, no markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.agent import cleaned

PIECES = st.sampled_from(
    [
        "https",
        "http",
        ":",
        "//",
        "/",
        "evil",
        ".",
        "example",
        "com",
        "[",
        "]",
        "(",
        ")",
        "!",
        "<",
        ">",
        "@",
        "here",
        "|",
    ]
    + [
        "&lt;",
        "&amp;",
        "&#58;",
        "\u200b",
        " ",
        "\n",
        "*",
        "`",
        "\u3002",
        "x",
        "javascript:",
        "www.",
        "\uff0f",
        "\uff1a",
        "-",
        "_",
        "é",
    ]
)
HOSTILE = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40)
LINK = re.compile(
    r"[a-z][a-z0-9+.-]*://|(?<!\w)//\w|javascript:\S|\w[.\u3002]com\b|[<>`*]|(?<![A-Za-z0-9])@\w", re.IGNORECASE
)


@given(HOSTILE)
def test_a_cleaned_text_has_nothing_that_a_reader_makes_a_link_of(text):
    found = cleaned(text)
    assert LINK.search(found) is None
    assert cleaned(found) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://evil.example/?d=1 now", "See [link removed] now"),
        ("![x](https://evil.example/x.png) ok", "[image removed] ok"),
        ("[your bank](https://evil.example)", "your bank [link removed]"),
        ("<https://evil.example|your bank>", "[link removed]"),
        ("<img src=//evil.example/x.png>hi", "hi"),
        ("&lt;!channel&gt; hello @here", "hello here"),
        ("go to evil.example/path", "go to evil[.]example/path"),
        ("hxxps://evil.example and javascript:alert(1)", "[link removed] and [link removed]"),
        ("ht\u200btps://evil.example", "[link removed]"),
        ("\uff48ttps\uff1a//evil.example", "[link removed]"),
        ("**bold** `code` # no heading", "bold code # no heading"),
        ("Charge ch_3PExample of 42.00 USD on 2026-09-21.", "Charge ch_3PExample of 42.00 USD on 2026-09-21."),
        ("line one\n- point", "line one\n- point"),
        ("", ""),
    ],
)
def test_cleaning(text, expected):
    assert cleaned(text) == expected


def test_a_link_with_an_allowed_beginning_stays():
    links = ["https://status.example.com/"]
    assert cleaned("See https://status.example.com/incidents/1", links) == "See https://status.example.com/incidents/1"
    for other in (
        "https://status.example.com.evil.test/",
        "https://status.example.com/?q=secret",
        "https://evil.test/",
    ):
        assert "http" not in cleaned(f"See {other}", links)


def test_a_long_draft_is_cut_and_stays_clean():
    found = cleaned("word " * 2_000, longest=100)
    assert (len(found) <= 100, found.endswith("..."), cleaned(found, longest=100)) == (True, True, found)
