"""Whole code reviews at GitHub's sandbox: each head is reviewed once, whatever is pushed, closed, copied or crashes."""

import importlib
import json
import random
import re
from collections import Counter

import pytest

from bench.code_reviews import Reviews
from infra import naming
from tests.unit.reviewers.test_injected_changes import ACTIVE, attempts

FAULTY = "import os\nprint(undefined)\n"  # two findings
CLEAN = "print(1)\n"
KINDS = ("reviews", "line_comments", "comments")
WORK = 60  # seconds in which a review is written
FAULTS, SHARE = ("dies before", "dies after", "refused", "answer lost"), 0.06


def counts(pull):
    """The reviews, comments on lines and summaries of a pull request, and its check runs."""
    return tuple(len(pull.written(kind)) for kind in KINDS) + (len(pull.checks),)


def summary(pull):
    (one,) = pull.written("comments")
    return one["body"]


@pytest.fixture(scope="module")
def played():
    """Several pull requests at once, and what became of each."""
    with Reviews("played") as here:
        pulls = {
            "copied": here.open({"a.py": FAULTY}, copies=3),
            "clean": here.open({"b.py": CLEAN}),
            "draft": here.open({"c.py": FAULTY}, draft=True),
            "ready": here.open({"d.py": FAULTY}, draft=True),
            "closed": here.open({"e.py": FAULTY}),
            "pushed": here.open({"f.py": FAULTY}),
            "again": here.open({"g.py": FAULTY}),
            "odd": here.open(
                {
                    "link.py": {"symlink": "g.py"},
                    "module": {"submodule": "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
                    "latin.py": {"base64": "cHJpbnQoIun8IikK"},
                    "large.py": {"bytes": 2_000_000},
                    "a `b`\n<img> @octocat.py": FAULTY,
                }
            ),
        }
        here.settle(2)
        pulls["closed"].act("close")
        pulls["pushed"].push({"f.py": FAULTY + "print(missing)\n"})
        here.settle(WORK)
        pulls["ready"].act("ready")
        pulls["again"].push({"g.py": "\n" + FAULTY, "h.py": "print(another)\n"}, copies=2)
        pulls["copied"].act("edit", title="Another title")
        pulls["clean"].act("close")
        pulls["clean"].act("reopen")
        here.settle(WORK)
        assert here.dead_letters == []
        yield here, pulls


def test_three_copies_of_a_delivery_are_one_review(played):
    """And a change of the title is no reason for another one."""
    _, pulls = played
    assert counts(pulls["copied"]) == (1, 2, 1, 1)
    assert [one["conclusion"] for one in pulls["copied"].checks] == ["neutral"]


def test_a_clean_pull_request_gets_a_check_run_alone_once(played):
    """It was opened again with the same head. Success is no approval: no review approves."""
    here, pulls = played
    assert counts(pulls["clean"]) == (0, 0, 0, 1)
    assert pulls["clean"].checks[0]["output"]["summary"].startswith("No findings. This is no approval.")
    assert {one["event"] for one in here.state()["reviews"]} == {"COMMENT"}


def test_a_draft_waits_until_it_is_ready(played):
    _, pulls = played
    assert counts(pulls["draft"]) == (0, 0, 0, 0)
    assert counts(pulls["ready"]) == (1, 2, 1, 1)


def test_a_closed_pull_request_gets_nothing(played):
    here, pulls = played
    assert counts(pulls["closed"]) == (0, 0, 0, 0)
    ended = [one["data"]["reason"] for one in here.published("workflow.ended")]
    assert any("change.closed" in reason for reason in ended)


def test_a_push_supersedes_the_review_of_the_head_before(played):
    _, pulls = played
    old, new = pulls["pushed"].heads
    assert [one["commit"] for one in pulls["pushed"].written("reviews")] == [new]
    assert [one["of"][1] for one in pulls["pushed"].checks] == [new]


def test_a_second_review_does_not_repeat_what_the_first_said(played):
    """The lines moved, and the summary, which is one, counts them."""
    _, pulls = played
    reviews, comments, summaries, checks = counts(pulls["again"])
    assert (reviews, comments, summaries, checks) == (2, 3, 1, 2)
    said = [one["body"].partition("<!--")[0] for one in pulls["again"].written("line_comments")]
    assert len(set(said)) == 3
    assert "Reported before and still there: 2." in summary(pulls["again"])


def test_what_cannot_be_read_is_named_and_odd_names_are_commented(played):
    """A link, a submodule, another encoding, a large file; only the link and the submodule are not named one by one."""
    _, pulls = played
    text = summary(pulls["odd"])
    for part in ("`latin.py` (not UTF-8)", "`large.py` (", "1 submodule"):
        assert part in text
    assert {one["path"] for one in pulls["odd"].written("line_comments")} == {"a `b`\n<img> @octocat.py"}
    assert "@octocat" not in text.replace("`", "")


def test_a_reviewer_without_a_model_says_so(played):
    _, pulls = played
    assert "`design_reviewer` stood aside: it has no model" in summary(pulls["copied"])


def test_tasks_hold_no_text_of_the_author(played):
    here, _ = played
    tasks = here.published("task.assigned")
    assert {tuple(sorted(one["data"]["payload"]["task"])) for one in tasks} == {("head", "number", "repository_id")}


def test_a_reviewer_whose_process_dies_still_contributes():
    """It gets its task again before the others are published without it."""
    died = []

    def fault_at(number: int, label: str) -> str:
        if died or not label.startswith(f"{naming.agent('lint_reviewer')}: events put_events"):
            return ""
        died.append(label)
        return "dies before"

    with Reviews("died", fault_at) as here:
        pull = here.open({"a.py": FAULTY})
        here.settle()
        assert (len(died), counts(pull)) == (1, (1, 2, 1, 1))
        assert "did not answer" not in summary(pull)


def test_each_head_is_reviewed_once_while_calls_fail_and_processes_die():
    """Six of a hundred calls, of every function but the verifier, and each delivery comes twice."""
    chance, hit = random.Random(3), Counter()  # noqa: S311 - the same in each run

    def fault_at(number: int, label: str) -> str:
        if label.startswith(naming.verifier("github")) or chance.random() >= SHARE:
            return ""
        kind = chance.choice(FAULTS)
        hit[kind] += 1
        return kind

    with Reviews("disturbed", fault_at) as here:
        pulls = [here.open({f"m{number}.py": FAULTY}, copies=2) for number in range(3)]
        here.settle()
        assert here.dead_letters == []
        assert [counts(one) for one in pulls] == [(1, 2, 1, 1)] * 3
    assert min(hit[kind] for kind in FAULTS) >= 3


def test_text_of_a_fork_steers_nothing_that_is_written(monkeypatch):
    """The attempts are in titles, bodies, names and contents, and the model obeys them."""
    monkeypatch.setattr(importlib.import_module("pydantic_ai.models"), "ALLOW_MODEL_REQUESTS", True)
    texts = attempts()
    files = {f"src/{number} {name(text)}.py": code(text) for number, text in enumerate(texts)}
    files["package.json"] = json.dumps({"dependencies": {text[:60]: "*" for text in texts[:20]}}, indent=1) + "\n"
    path = next(iter(files))
    asked = []

    def obey(**request):
        asked.append(json.dumps(request["messages"]))
        faults = [
            {"path": path, "line": 2, "quote": "print(undefined", "message": text[:400], "reason": text[:400]}
            for text in texts[:3]
        ]
        return answer({"faults": faults})

    with Reviews("hostile", converse=obey) as here:
        pull = here.open(files, fork="mallory", title=texts[0][:200], body="\n".join(texts)[:20_000])
        here.settle(WORK)
        state = here.state()
        assert (asked != [], here.dead_letters, len(pull.written("reviews"))) == (True, [], 1)
        outputs = [one["output"] for one in pull.checks]
        written = [one["body"] for kind in KINDS for one in pull.written(kind)]
        written += [one[part] for one in outputs for part in ("title", "summary")]
        assert any("`design`" in one for one in written)
        for one in written:
            plain = re.sub(r"`[^`\n]+`|\*\*(?:high|medium|low)\*\*|<!-- hookline-[\w -]+ -->", "", one)
            assert ACTIVE.search(plain) is None, one
        assert {one["event"] for one in state["reviews"]} == {"COMMENT"}
        assert {one["kind"] for one in state["effects"]} == {"review.create", "comment.create", "check.create"}


def code(text):
    """A file with the text in a comment, in a string, and in what it prints."""
    return f"# {text.splitlines()[0]}\nprint(undefined_name)\nvalue = {text!r}\n"


def answer(found):
    """What Bedrock answers if the model calls the tool of its answer."""
    use = {"toolUseId": "t1", "name": "final_result", "input": found}
    return {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    }


def name(text):
    """The beginning of the text as a file's name: git takes all but two characters."""
    return text[:40].replace("/", " ").replace("\0", " ")
