"""Injection attempts in titles of files, diffs, contents and reports: the published review says nothing of theirs."""

import json
import re
from pathlib import Path

import pytest

from functions.agents.dependency_reviewer.review import dependencies
from functions.agents.design_reviewer.opinion import Fault, Opinion, faults
from functions.agents.lint_reviewer.review import lint
from functions.agents.review_publisher.review import merged
from functions.agents.secrets_reviewer.review import secrets
from functions.agents.tests_reviewer.review import untested
from functions.api.changes import Finding, ReviewerReport, read_report, report_of
from tests.unit.changes.made import change

FAMILIES = sorted((Path(__file__).parents[1] / "models" / "injections").glob("*.json"))
# What GitHub makes a link, an image, a mention, a reference, a tag or a format of; nothing of it works in code.
ACTIVE = re.compile(
    r"[a-z][a-z0-9+.-]*:/+|(?<!\w)//\w|(?:javascript|mailto):\S|evil[.\u3002\uff0e]|[<>~|{}\[\]]|(?<![A-Za-z0-9])@\w|#\d"
    r"|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e0fff]",
    re.IGNORECASE,
)


def attempts():
    return [one["text"] for path in FAMILIES for one in json.loads(path.read_text())]


def reviewed(made, model=()):
    """The published review, by all reviewers, whose reports went the whole way."""
    brains = {"lint": lint, "secrets": secrets, "dependency": dependencies, "tests": untested}
    found = {name: brain(made) for name, brain in brains.items()} | {"design": tuple(model)}
    reports = {name: read_report(json.loads(json.dumps(report_of(one, made)))) for name, one in found.items()}
    return merged(made, reports, list(found))


def said(review):
    """All that is published, without code; our own emphasis is of fixed words."""
    texts = [review.summary, *(comment.body for comment in review.comments)]
    assert all(text.count("`") % 2 == 0 for text in texts)
    plain = "\n".join(re.sub(r"`[^`\n]+`", "", text) for text in texts)
    return re.sub(r"\*\*(high|medium|low)\*\*", "", plain)


def test_a_text_in_a_diff_or_a_file_name_is_never_said():
    """Names from the change are code; nothing else of it is repeated."""
    assert len(attempts()) >= 150
    for text in attempts():
        name = re.sub(r"\W+", "_", text)[:20] or "x"
        code = f'# {text.splitlines()[0]}\nprint(undefined_{name})\n"""\n{text}\n"""\n'
        manifest = json.dumps({"dependencies": {text[:60]: "*"}}, indent=1, ensure_ascii=False) + "\n"
        made = change(
            (f"src/{text[:200]}.py", None, code), ("package.json", None, manifest), (f"vendor/{text[:80]}", None, "x\n")
        )
        assert ACTIVE.search(said(reviewed(made))) is None, text


@pytest.mark.parametrize("path", FAMILIES, ids=lambda path: path.stem)
def test_a_model_that_repeats_the_text_publishes_plain_words(path):
    """It obeys, and quotes the line rightly."""
    made = change(("a.py", None, "value = compute(value)\n"))
    for one in json.loads(path.read_text()):
        text = one["text"][:400]
        obedient = Fault(path="a.py", line=1, quote="value = compute", message=text or "x", reason=text or "x")
        review = reviewed(made, faults(Opinion(faults=[obedient]), made))
        assert ACTIVE.search(said(review)) is None, (text, review)
        assert review.conclusion != "failure"


def test_a_member_that_is_taken_over_cannot_write_markup_elsewhere():
    """Its report is read again where it is published: rules are words, and places are changed lines."""
    made = change(("a.py", None, "x = 1\n"))
    for text in attempts():
        rows = [["rule-a", "a.py", 1, "RIGHT", "high", text, text], [text, "a.py", 1, "RIGHT", "high", "", ""]]
        rows.append(["rule-a", text, 1, "RIGHT", "high", "", ""])
        review = merged(made, {"design": read_report({"findings": rows, "stood_aside": text})})
        assert ACTIVE.search(said(review)) is None, text
        assert {(one.path, one.line) for one in review.comments} == {("a.py", 1)}


def test_a_report_that_was_never_read_is_made_plain_too():
    review = merged(
        change(("a.py", None, "x = 1\n")),
        {"x": ReviewerReport((Finding("rule-a", "a.py", 1, "low", "<b> @octocat", "![a](//evil.example)"),))},
    )
    assert ACTIVE.search(said(review)) is None


def test_a_name_with_odd_letters_keeps_its_comments_place():
    """The path goes to GitHub as it is, and into no text but as code."""
    path = "src/`a`\n<b>@octocat [x](http://evil.example) \u202e.py"
    review = reviewed(change((path, None, "print(y)\n")))
    assert [(one.path, one.line) for one in review.comments] == [(path, 1)]
    assert ACTIVE.search(said(review)) is None
