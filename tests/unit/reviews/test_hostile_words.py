"""What people see before they decide, whatever an agent says: in a terminal, a mail, Slack, and on a link's page.

Of two reviews that differ in the agent's words only, everything else is the same, row by row.
"""

import html
import json
import re
from dataclasses import asdict
from unicodedata import category, east_asian_width
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from functions.core.platform.action import Action
from functions.core.reviews import page
from functions.core.reviews.agent_text import MARK, MOST_ROWS, WIDTH, one_line
from functions.core.reviews.notices import notice
from functions.core.reviews.opening import opened
from functions.core.reviews.shown import shown
from functions.core.reviews.signed_facts import repeated, spelled
from hookline.cli.commands.reviews import reviews
from tests.unit.fakes import NOW

KEY = "the key of these tests, 32 characters or more"
IMITATIONS = (
    "\naction        stripe refund.create",
    "\nWhat you decide on:\naction        nothing",
    "\rapproved by   arn:aws:iam::111122223333:user/ada",
    "\x1b[2J\x1b[Happrove? y",
    "\u202eetoved\u202c",
    "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307",
    "\u2800" * 80,
    "\u3164\uffa0\u115f",
    " " * 200,
    "</p></blockquote><h2>What you decide on</h2><pre>nothing</pre>",
    "<!channel> & <https://evil.example|your bank>",
    "| ",
    "\u200b\u200d\ufeff\u00ad\ufe0f\u034f",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "漢字" * 60,
    "eyJ" + "a" * 40 + "." + "b" * 43,
)
WORDS = st.lists(st.sampled_from(IMITATIONS) | st.text(max_size=40), min_size=1, max_size=6).map("".join).filter(bool)
EVIDENCE = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
).map(lambda value: {"found": value, "many": [value] * 10})


@pytest.fixture(scope="module")
def asked(make_question):
    """A review in which an agent says something; the rest is always the same."""

    def ask(words="x", evidence=None):
        question = make_question(question=words, why=words, evidence=evidence or {})
        return opened(question, [KEY], NOW)

    return ask


def terminal(review):
    with patch("hookline.operator.reviews.find", lambda *_: shown(review)), patch("hookline.operator.account.account"):
        return CliRunner().invoke(reviews, ["show", review.id], catch_exceptions=False).output


def rows_of(text):
    """The rows of a text, and those that are an agent's: only "\\n" ends a row."""
    rows = text.split("\n")
    said = [row for row in rows if row.startswith(MARK)]
    return [row for row in rows if not row.startswith(MARK) and "more rows" not in row], said


def assert_harmless(said):
    """No row is wider than others expect, or holds a letter that shows nothing or moves others."""
    for row in said:
        assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in row) <= WIDTH
        assert row.isprintable() and "  " not in row and not re.search("[\u2800\u3164\uffa0\u115f\u034f\ufe0f]", row)
        assert max((len(marks) for marks in re.findall("1+", kinds(row))), default=0) <= 2


def kinds(row):
    return "".join("1" if category(letter).startswith("M") else "0" for letter in row)


@given(WORDS, EVIDENCE)
def test_in_a_terminal_words_move_nothing_and_the_signed_facts_stand_last(asked, words, evidence):
    ours, said = rows_of(terminal(asked(words, evidence)))
    assert ours == rows_of(terminal(asked()))[0]
    last = ours[ours.index("What you decide on:") :]
    assert last[1:4] == ["action        stripe review.approve", "with review   prv_Example", "state open    true"]
    assert 1 <= len(said) <= MOST_ROWS
    assert_harmless(said)


@given(WORDS)
def test_in_a_mail_words_move_nothing_and_stand_before_the_signed_facts(asked, words):
    """The question is all that a mail holds of an agent's words, in five rows at most."""
    text = notice(asked(words), "https://reviews.example/reviews/token")
    ours, said = rows_of(text)
    assert ours == rows_of(notice(asked(), "https://reviews.example/reviews/token"))[0]
    assert 1 <= len(said) <= 9
    assert all(row.isprintable() for row in said)
    assert text.rindex(MARK) < text.index("\nWhat you decide on:\n") < text.index("\naction:   stripe review.approve")
    assert "://" not in text.partition("Or, once")[0]


@given(WORDS)
def test_in_slack_words_are_plain_text_and_move_nothing(asked, words):
    """The notifier posts the notice; the connector escapes it."""
    text = html.escape(notice(asked(words), ""), quote=False)
    assert rows_of(text)[0] == rows_of(html.escape(notice(asked(), ""), quote=False))[0]
    assert not re.search("[<>]|&(?!amp;|lt;|gt;)", text)


@given(WORDS, EVIDENCE)
def test_on_a_links_page_words_move_nothing_and_the_signed_facts_stand_last(asked, words, evidence):
    ours, said = page_parts(page.question(shown(asked(words, evidence)), "form"))
    assert ours == page_parts(page.question(shown(asked()), "form"))[0]
    assert ours.index("</blockquote>") < ours.rindex("stripe review.approve") < ours.index("<form")
    rows = [html.unescape(row) for row in re.findall("<p>(.*?)</p>", said, re.DOTALL)]
    assert 1 <= len(rows) <= MOST_ROWS
    assert all(row.startswith(MARK) for row in rows)
    assert "<" not in re.sub("</?p>", "", said)
    assert_harmless(rows)


def page_parts(body):
    """A page without what is in its quotation, and what is in it."""
    before, _, rest = body.partition("<blockquote>")
    said, _, after = rest.partition("</blockquote>")
    return re.sub(r"<p>\d+ more rows[^<]*</p>", "", f"{before}<blockquote></blockquote>{after}"), said


@given(WORDS)
def test_an_argument_is_spelled_out_and_begins_no_row(make_question, make_proposal, words):
    """The agent chose it. It is exact, visible, and indented as a whole."""
    action = Action("slack", "message.post", {"text": words})
    question = make_question(proposal=make_proposal(action=action), action=asdict(action))
    review = opened(question, [KEY], NOW)
    text = spelled(words)
    assert text.isascii() and text.isprintable() and "  " not in text
    if "token, not shown" not in text:
        assert (json.loads(text) if text.startswith('"') else text) == words
    names = ("review ", "action ", "with text ", "state ", "about ", "needs ", "approved by ", "policies ", "until ")
    begins = (*names, "event ", MARK, " " * 14, "Agent fraud says", "What you decide on:")
    assert all(row.startswith(begins) for row in terminal(review).split("\n") if row)
    assert all(len(value) < 250 for _, value in repeated(shown(review)))


def test_a_flood_of_evidence_is_counted_and_not_shown(asked):
    said = terminal(asked(evidence={"rows": list(range(1000))}))
    assert said.count(f"\n{MARK}") == MOST_ROWS
    assert "(962 more rows: 'hookline reviews show" in said


def test_a_token_in_an_agents_words_is_shown_to_nobody(asked):
    """Anybody who can read a grant can use it; invisible letters in between do not hide one."""
    token = IMITATIONS[-1][:10] + "\u200b" + IMITATIONS[-1][10:]
    review = asked(token, {"grant": token})
    for text in (terminal(review), notice(review, ""), page.question(shown(review), "form")):
        assert "bbbbbbbb" not in text and "(a token, not shown)" in text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\n b\t\u00a0c", "a b c"),
        ("\u202eab\u202c\u200b", "ab"),
        ("Zulässig? 漢字 🙂", "Zulässig? 漢字 🙂"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302"),
        ("x" * 50, "x" * 19 + "…"),
        ("a\ud800b\x00", "ab"),
    ],
)
def test_a_line_keeps_what_people_can_read(text, line):
    assert one_line(text, 20) == line


def test_an_agents_amounts_are_written_with_their_currency(asked):
    said = terminal(asked(evidence={"amount": 12900, "currency": "jpy", "first": {"amount": 5, "currency": "kwd"}}))
    assert "| amount: 12,900 JPY (12900)" in said
    assert "| first.amount: 0.005 KWD (5)" in said
