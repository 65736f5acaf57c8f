"""Managers and members: what must fit together is found with file and line, and what follows from a workflow."""

import pytest

from functions.core.workflows.published import published
from hookline.validation.discovery import discover, read_project
from infra.rules import MANAGER, pattern, starts

IMPORTS = "from functions.api.agent import *\nfrom functions.api.workflow import *\n\n\n"
BOARD = """MANIFEST = AgentManifest(
    name="planted_board",
    owner="tests",
    purpose="Decide",
    subscribes=[Subscription("payment.succeeded", sources=["webhook.planted_source"])],
    budget=Budget(hops={hops}),
    workflow=Concurrent(
        asked=[
            "planted_ada",
            "{other}",
        ],
        merge={{"v": Agree()}},
        {limits}
    ),
)
"""
MEMBER = """MANIFEST = AgentManifest(
    name="{name}",
    owner="tests",
    purpose="Report",
    subscribes=[Subscription("{type}", sources=["{source}"])],
    budget=Budget(wakes_per_tree={wakes}),
)
"""
AT = "functions/agents/planted_board/manifest.py"


@pytest.fixture
def found(garden):
    """The findings with a board of two, whose member bob differs as given."""

    def found(other="planted_bob", type="task.assigned", source="agent.planted_board", wakes=20, hops=4, limits=""):
        good = {"type": "task.assigned", "source": "agent.planted_board", "wakes": 20}
        garden.plant_agent("planted_agent")
        texts = {
            "planted_board": BOARD.format(other=other, hops=hops, limits=limits),
            "planted_ada": MEMBER.format(name="planted_ada", **good),
            "planted_bob": MEMBER.format(name="planted_bob", type=type, source=source, wakes=wakes),
        }
        for name, text in texts.items():
            folder = garden.root / "agents" / name
            folder.mkdir()
            (folder / "__init__.py").touch()
            (folder / "manifest.py").write_text(IMPORTS + text)
            if name != "planted_board":
                (folder / "agent.py").write_text("def run(event, tools): ...\n")
        return [str(one) for one in read_project(garden.root)[1]]

    return found


def test_a_manager_and_its_members_have_no_findings(found, garden):
    """And the manager no code."""
    assert found() == []
    board = discover(garden.root).agents["planted_board"]
    assert starts(board) == MANAGER
    assert published(board) == ["approval.required", "task.assigned", "task.revoked", "workflow.ended"]


@pytest.mark.parametrize(
    ("wrong", "line", "finding"),
    [
        ({"other": "planted_bbo"}, 14, "'planted_bbo', which is no agent (did you mean planted_bob?)"),
        ({"type": "task.revoked"}, 14, "which does not subscribe to 'task.assigned' from 'agent.planted_board'"),
        ({"limits": 'compensates=["planted_bob"],'}, 14, "which does not subscribe to 'task.revoked'"),
        ({"wakes": 3}, 14, "budget wakes_per_tree 3 of 'planted_bob': a run has up to 4 tasks"),
        ({"hops": 1}, 6, "budget hops 1 of 'planted_board': a run needs 2"),
        ({"limits": "seconds=400_000,"}, 11, "seconds 400000: the run's grant lives 345600"),
        ({"limits": 'join="quorum", quorum=3,'}, 11, "the join can never be met"),
        ({"limits": 'same_entity="join",'}, 11, "same_entity 'join': a member that has answered does not know of it"),
        ({"limits": 'task=["chrage"],'}, 17, "'chrage' in its task, which 'payment.succeeded' does not have"),
        (
            {"limits": 'ends=["payment.failed"],'},
            11,
            "ends: with same_entity 'start', one entity may have several runs",
        ),
        (
            {"limits": 'same_entity="supersede", ends=["payment.failed"],'},
            17,
            "ends its runs by 'payment.failed', and does not subscribe to it",
        ),
        (
            {"limits": 'same_entity="supersede", ends=["payment.succeeded"],'},
            17,
            "ends its runs by every event that it subscribes to: none would start one",
        ),
    ],
)
def test_what_does_not_fit_is_a_finding_of_the_manager(found, wrong, line, finding):
    """On the line that names it."""
    (here,) = [one for one in found(**wrong) if finding in one]
    assert here.startswith(f"{AT}:{line}: ")


def test_a_subscriber_to_the_tasks_that_is_no_member_is_a_finding(found):
    """It would never be woken."""
    findings = found(other="planted_agent")
    assert any("planted_bob" in one and "is no member of its workflow" in one for one in findings)


def test_a_rule_lets_through_what_is_for_its_agent_only(found, garden):
    """Tasks for a member, reports of its members for a manager."""
    found()
    agents = discover(garden.root).agents
    mine = {"data": {"agent": ["planted_ada"]}}
    assert pattern(agents["planted_ada"])["$or"][0] == {
        "source": ["agent.planted_board"],
        "detail-type": ["task.assigned"],
        "detail": mine,
    }
    assert pattern(agents["planted_board"])["$or"][-1] == {
        "source": ["agent.planted_ada", "agent.planted_bob"],
        "detail-type": ["task.reported"],
        "detail": {"data": {"agent": ["planted_board"]}},
    }
    assert "task.reported" in published(agents["planted_ada"])
