"""A declaration is checked as a whole: every finding is listed, and what can never work is one."""

import ast
import re
from dataclasses import replace

import pytest

from functions.core.workflows.catalogue import pattern_of, patterns
from functions.core.workflows.declaration import DeclarationError
from functions.core.workflows.gates import Field, Gate
from functions.core.workflows.ledger import Route, Rules
from functions.core.workflows.merging import Agree, Extreme, Ranked, Strictest
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.patterns.group_chat import GroupChat
from functions.core.workflows.patterns.handoff import Handoff
from functions.core.workflows.patterns.magentic import Magentic
from functions.core.workflows.patterns.sequential import Sequential, Stage
from infra.bundling import ROOT

GATE = Gate({"n": Field("whole")})
MERGE = {"v": Agree()}
RULES = Rules([Route("shop:order", ["eve"], ""), Route("shop:order", [], "look")])


def of(kind, **declared):
    """The findings of a declaration."""
    with pytest.raises(DeclarationError) as refused:
        kind(**declared)
    assert str(refused.value) == "; ".join(refused.value.findings)
    return refused.value.findings


def test_all_findings_are_listed_at_once():
    """Those of every declaration, and those of the pattern."""
    found = of(GroupChat, speakers=["ada"], rounds=0, turns="any", attempts=9, compensates=["bob"], patience=0.5)
    assert [one.partition(" ")[0] for one in found] == ["patience", "attempts", "compensates", "1", "turns", "rounds"]


@pytest.mark.parametrize(
    ("kind", "declared", "finding"),
    [
        (GroupChat, {"speakers": ["ada", "bob"], "seconds": 345_601}, "the run's grant lives 345600"),
        (GroupChat, {"speakers": ["ada", "bob"], "patience": 90_000}, "patience 90000: longer than the run's seconds"),
        (GroupChat, {"speakers": ["ada", "bob"], "seconds": 3600}, "person_seconds 28800: longer than"),
        (
            GroupChat,
            {"speakers": ["ada", "bob"], "rounds": None},
            "rounds None: a whole number, at least 1 and at most 10",
        ),
        (GroupChat, {"speakers": ["ada", "ada"]}, "speaker 'ada': named twice"),
        (GroupChat, {"speakers": "ada"}, "member 'ada': write a list of names"),
        (GroupChat, {"speakers": ["ada", "person"]}, "member 'person': a person takes part"),
        (GroupChat, {"speakers": ["Ada", "bob"]}, "member name 'Ada': use 1 to 31"),
        (GroupChat, {"speakers": ["ada", "bob"], "person": 1}, "person 1: True or False"),
        (GroupChat, {"speakers": ["ada", "bob"], "approval": "most"}, "approval 'most': one of all, majority, any"),
        (GroupChat, {"speakers": [f"a{n}" for n in range(11)]}, "11 members: at most 10"),
        (
            GroupChat,
            {"speakers": ["ada", "bob"], "same_entity": "end"},
            "same_entity 'end': one of start, supersede, join",
        ),
        (GroupChat, {"speakers": ["ada", "bob"], "news": 6}, "news 6: a whole number, at least 1 and at most 5"),
        (GroupChat, {"speakers": ["ada", "bob"], "ends": "a.b"}, "ends 'a.b': write a list of detail types"),
        (GroupChat, {"speakers": ["ada", "bob"], "ends": ["Closed"]}, "ends 'Closed': a detail type looks like"),
        (GroupChat, {"speakers": ["ada", "bob"], "ends": ["a.b", "a.b"]}, "ends 'a.b': named twice"),
        (GroupChat, {"speakers": ["ada", "bob"], "task": "head"}, "task 'head': write a list of fields"),
        (GroupChat, {"speakers": ["ada", "bob"], "task": ["head", "head"]}, "task 'head': named twice"),
        (GroupChat, {"speakers": ["ada", "bob"], "skips": "draft"}, "skips 'draft': write a function"),
        (
            Sequential,
            {"stages": [Stage("a", "ada", GATE)], "same_entity": "join"},
            "same_entity 'join': a stage that is done does not know of it; use 'supersede'",
        ),
        (Sequential, {"stages": []}, "stages: write at least one"),
        (Sequential, {"stages": [Stage("a", "ada", Gate())]}, "stage 'a': its gate has neither a field nor a check"),
        (Sequential, {"stages": [Stage("a", "ada", GATE)] * 2}, "stage 'a': named twice"),
        (
            Sequential,
            {"stages": [Stage("a", "ada", Gate({"n": Field("int", least=2, most=1)}))]},
            "kind 'int': one of .*least 2 is more than most 1: no value could pass",
        ),
        (Concurrent, {"asked": ["ada"], "merge": MERGE, "join": "quorum", "quorum": 2}, "the join can never be met"),
        (Concurrent, {"asked": ["ada"], "merge": MERGE, "quorum": 0}, "quorum 0: a whole number, at least 1"),
        (Concurrent, {"asked": ["a", "b"], "merge": MERGE, "quorum": 2}, "quorum 2 goes with join quorum or deadline"),
        (Concurrent, {"asked": [], "merge": {}}, "asked: name at least one member; .*merge: name at least one field"),
        (
            Concurrent,
            {"asked": ["ada"], "merge": {"v": Strictest(["deny"])}},
            "at least two values, the strictest first",
        ),
        (Concurrent, {"asked": ["ada", "bob"], "merge": {"v": Ranked(["ada"])}}, "an answer could have no rank"),
        (Concurrent, {"asked": ["ada"], "merge": {"v": Extreme("least")}}, "wins 'least': one of lowest, highest"),
        (Concurrent, {"asked": ["ada"], "merge": {"v,w": Agree()}}, "the name of a field has letters"),
        (Concurrent, {"asked": ["ada"], "merge": {"v": "agree"}}, "merge of 'v' is 'agree': write a policy"),
        (Handoff, {"triage": "ada", "specialists": []}, "specialists: name at least one"),
        (Handoff, {"triage": "ada", "specialists": ["ada"]}, "member 'ada': named twice"),
        (Magentic, {"planner": "ada", "workers": []}, "workers: name at least one"),
        (Magentic, {"planner": "ada", "workers": ["bob"], "steps": 2, "stall": 3}, "no stall would ever be seen"),
        (Magentic, {"planner": "ada", "workers": ["bob"], "replans": -1}, "replans -1: a whole number, at least 0"),
        (Magentic, {"planner": Rules([]), "workers": ["bob"]}, "its rules have no route"),
        (
            Magentic,
            {"planner": RULES, "workers": ["bob"]},
            "eve is not a worker; .*say what to do.*name at least one worker",
        ),
    ],
)
def test_what_can_never_work_is_a_finding(kind, declared, finding):
    """A cycle without a bound, a join that cannot be met, a deadline that the grant does not live to see."""
    with pytest.raises(DeclarationError, match=finding):
        kind(**declared)


def test_a_shorter_grant_is_asked_about():
    """A run's grant may have been minted before the run."""
    declared = Handoff(triage="ada", specialists=["bob"])
    assert declared.findings() == ()
    assert declared.findings(grant_seconds=3600) == (
        "seconds 86400: the run's grant lives 3600, and nothing can be done after it",
    )


def test_the_examples_of_the_page_are_valid():
    """As they stand there."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs/workflows.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    declarations = [block for block in blocks if not block.startswith("# functions/")]
    assert len(declarations) == len(patterns())
    for block in declarations:
        for declared in ast.parse(block).body:
            names = {**globals(), "no_secret_in_draft": some_check}
            made = eval(compile(ast.Expression(declared.value), "page", "eval"), names)  # noqa: S307 - our own page
            assert pattern_of(made).bound(made).tasks > 0


def test_a_digest_tells_declarations_apart():
    """By everything declared, a function by its name."""
    declared = Sequential(stages=[Stage("a", "ada", Gate({"n": Field("whole")}, check=some_check))])
    same = Sequential(stages=[Stage("a", "ada", Gate({"n": Field("whole")}, check=some_check))])
    other = Sequential(stages=[Stage("a", "ada", Gate({"n": Field("whole")}, check=other_check))])
    assert declared.digest == same.digest
    assert len({declared.digest, other.digest, replace(declared, attempts=1).digest}) == 3


def some_check(output, before):
    return ""


def other_check(output, before):
    return ""
