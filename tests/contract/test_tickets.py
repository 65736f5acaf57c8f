"""The held-out support tickets: known labels, no text twice, enough of each intent to measure it."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "bench/data"
FIELDS = {"text", "intent", "language", "kind"}
LANGUAGES = {"en", "de", "es"}
KINDS = {"plain", "typos", "mixed", "rant", "one_liner", "long", "off_topic"}
LEAST = 20


def rows_of_the_readme(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    section = (DATA / "README.md").read_text(encoding="utf-8").split(f"### {heading}\n")[1].split("\n#")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE))


def normalised(text: str) -> str:
    """The words of a text, without case, accents, punctuation and spacing."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(mark for mark in bare if not unicodedata.combining(mark))))


@pytest.fixture(scope="module")
def tickets():
    lines = (DATA / "tickets_heldout.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_ticket_has_a_text_and_known_labels(tickets):
    """Each line has the four fields and nothing else, and the intents are those of the README."""
    intents = rows_of_the_readme("Intents")
    wrong = [
        ticket
        for ticket in tickets
        if set(ticket) != FIELDS
        or not ticket["text"].strip()
        or ticket["intent"] not in intents
        or ticket["language"] not in LANGUAGES
        or ticket["kind"] not in KINDS
    ]
    assert wrong == []


def test_no_two_tickets_say_the_same(tickets):
    """Texts differ in more than case, accents, punctuation and spacing."""
    seen = Counter(normalised(ticket["text"]) for ticket in tickets)
    assert [text for text, times in seen.items() if times > 1] == []


def test_every_intent_has_enough_tickets_in_every_language(tickets):
    """Each intent of the README has at least twenty texts, and at least three of each language."""
    by_intent = Counter(ticket["intent"] for ticket in tickets)
    by_both = Counter((ticket["intent"], ticket["language"]) for ticket in tickets)
    intents = rows_of_the_readme("Intents")
    assert len(intents) == 12
    assert {intent for intent in intents if by_intent[intent] < LEAST} == set()
    assert {(i, tongue) for i in intents for tongue in LANGUAGES if by_both[i, tongue] < 3} == set()


def test_the_readme_says_how_many_tickets_there_are(tickets):
    """The README's count is the file's."""
    assert f" {len(tickets)} texts " in (DATA / "README.md").read_text(encoding="utf-8")


def test_tickets_name_only_addresses_of_example_domains(tickets):
    """No text has a mail or web address that could be somebody's."""
    found = [
        host
        for ticket in tickets
        for host in re.findall(r"(?:@|https?://)([\w.-]+\w)", ticket["text"])
        if host.split(".")[-2:] != ["example", "com"]
    ]
    assert found == []
