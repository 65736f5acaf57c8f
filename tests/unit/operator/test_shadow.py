"""`hookline agents shadow`: what policies in shadow would have done, by the trail."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hookline.__main__ import hookline
from hookline.operator import agent_page
from hookline.operator import shadow as module
from hookline.operator.agent_sheet import policies

CEDAR = '@id("now") permit (principal, action, resource); @id("later") @shadow forbid (principal, action, resource);'


def record(number: int, kind: str = "shadowed", ids: tuple[str, ...] = ("later",)) -> dict:
    about = {
        "action": "stripe:review.approve",
        "resource": "stripe:review/prv_1",
        "correlation": f"stripe:evt_{number}",
    }
    at = f"2026-11-0{number}T00:00:00.000000Z"
    return {**about, "kind": kind, "policies": ids, "decision": "forbid", "reason": "enforced: permit", "at": at}


class Trail:
    """The chain of the connector stripe."""

    records = [record(1), record(2, kind="read"), record(3), record(4, ids=("another-agents",))]

    def heads(self) -> dict:
        return {"connector.stripe": SimpleNamespace(seq=4)}

    def chain(self, identity: str, until: int):
        return iter(self.records)

    def first_after(self, identity: str, at: str) -> int:
        return 1 + sum(one["at"] <= at for one in self.records)

    def between(self, identity: str, first: int, until: int):
        return iter(self.records[first - 1 :])


@pytest.fixture
def run(monkeypatch, read_once):
    """Runs the command; the agent's file is `cedar`."""

    def run(*words, cedar=CEDAR):
        monkeypatch.setattr("hookline.operator.account.account", lambda aws: SimpleNamespace(client=lambda name: None))
        monkeypatch.setattr(module, "Trail", lambda dynamodb: Trail())
        monkeypatch.setattr(module, "policies_of", lambda name: policies(cedar))
        return CliRunner().invoke(hookline, ["agents", "shadow", "fraud", *words])

    return run


def test_it_counts_what_would_have_been_answered_and_lists_the_newest_calls(run):
    lines = run().stdout.splitlines()
    assert lines[:2] == ["in shadow: later", "       2  stripe:review.approve would be forbid by later"]
    assert [line.split()[1] for line in lines[2:]] == ["stripe:evt_1", "stripe:evt_3"]
    found = json.loads(run("--since", "2026-11-02", "--json").stdout)
    assert (found["would"][0]["times"], found["in_shadow"]) == (1, ["later"])


def test_an_agent_without_one_and_one_that_changed_nothing_are_told_apart(run):
    assert run(cedar=CEDAR.replace("@shadow", "")).stdout == "agent fraud has no policy in shadow\n"
    assert run(cedar=CEDAR.replace('"later"', '"new"')).stdout.endswith("they would have changed nothing\n")


def test_the_sheet_says_which_policy_is_in_shadow():
    lines = list(agent_page._policies(policies(CEDAR)))  # noqa: SLF001 - one section of the page
    assert "  now: permit" in lines
    assert "  later: forbid, in shadow: recorded and not enforced ('hookline agents shadow')" in lines
