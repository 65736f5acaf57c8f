"""What holds for every template that is found: nothing of a text becomes markup, a script or an address."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.authority import tokens
from hookline import console
from hookline.console import found
from hookline.console.rendering import environment, seconds
from tests.hostile_texts import TEXT

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=200)
HERE = Path(console.__file__).parent
TEMPLATES = sorted(HERE.rglob("*.html"))
ENVIRONMENT = environment(lambda: 0.0)
ADDRESSES = {"href", "src", "action", "hx-get", "hx-sse:connect", "content"}
PRINTS = re.compile(r"\{\{.*?\}\}", re.DOTALL)
STATEMENTS = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
TOKEN = tokens.sign("grant", {"expires": 1}, "a key of 32 characters, or longer")


def attributes(template: Path) -> Iterator[tuple[str, str, str]]:
    """Each tag's attributes: tag, name and value. What is printed is X there, and the address of a page /PAGE."""
    text = PRINTS.sub(lambda one: "/PAGE" if one[0].startswith("{{ to(") else "X", template.read_text())
    seen: list[tuple[str, str, str]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.extend((tag, name, value or "") for name, value in attrs)

    Parser().feed(STATEMENTS.sub(" ", text))
    yield from seen


def test_there_are_templates_with_attributes():
    """Or the tests below would find nothing."""
    assert len(TEMPLATES) > 15
    assert sum(1 for template in TEMPLATES for _ in attributes(template)) > 200


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_a_template_has_no_way_around_escaping(template: Path):
    """No unescaped text, no script or style of its own, no handler, and no address that a text begins."""
    text = template.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|<style|javascript:", text)
    assert not re.search(r"<script(?! src=\"/static/)", text)
    assert not re.search(r"=\s*\{\{|=\{%", STATEMENTS.sub("", re.sub(r"\"[^\"]*\"|'[^']*'", '""', text)))
    for tag, name, value in attributes(template):
        assert not name.startswith(("on", "style", "hx-on", "hx-vals", "formaction")), (tag, name)
        if name in ADDRESSES and tag != "meta":
            assert value == "X" and template.name == "parts.html" or value.startswith(("/", "#")), (tag, name, value)


@STABLE
@given(st.one_of(st.text(), st.sampled_from([TEXT, TOKEN, "a\x1b[31m", "\u202e", "</pre>"])))
def test_a_printed_text_is_only_text(text: str):
    """In an element and as JSON or lines in a pre: no tag, no quote, no control character, no token."""
    template = ENVIRONMENT.from_string("{{ x }}\n{{ {x: [x]} | json }}\n{{ x | lines }}\n{{ x | spelled }}")
    shown = template.render(x=text)
    assert not set(shown) & set("<>\"'")
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    assert TOKEN not in shown


@STABLE
@given(st.text())
def test_a_time_of_a_record_may_be_any_text(text: str):
    """A function writes its own records: what is no time is long ago."""
    assert isinstance(seconds(text), float)
    assert ENVIRONMENT.from_string("{{ x | ago }} {{ x | when }} {{ x | stamp }}").render(x=text)


def test_each_page_is_found_by_its_module_and_has_its_templates():
    """In the order of the navigation; an act is never at a view's address."""
    pages = found.pages_by_name()
    names = ["now", "events", "runs", "reviews", "agents", "dead_letters", "what_if", "replay", "sources", "audit"]
    assert list(pages) == names
    for name, page in pages.items():
        assert "" in page.views, name
        assert not page.views.keys() & page.acts.keys(), name
        for view in page.views.values():
            assert ENVIRONMENT.get_template(view.template)
