"""Waits that could never be matched are found with file and line; and what follows from `waits` for rule and tools."""

import pytest

from functions.core.manifests.agent import AgentManifest, Subscription
from hookline.validation.discovery import Project, read_project
from hookline.validation.typed_tools import typed_tools
from infra.rules import pattern
from tests.infra.sown import checked

HERE = "functions/agents/planted_agent"
STRIPE = 'Subscription("payment.succeeded", ["webhook.stripe"])'
MANIFEST = """\
from functions.api.agent import *


MANIFEST = AgentManifest(
    name="planted_agent",
    owner="tests",
    purpose="Wait",
    subscribes=[Subscription("payment.succeeded", ["webhook.planted_source"])],
    waits=[
        {waits},
    ],
)
"""
AGENT = AgentManifest(
    "waiter",
    "tests",
    "Wait",
    [Subscription("ticket.created", ["webhook.zendesk"])],
    waits=[Subscription("ticket.updated", ["webhook.zendesk", "agent.other"])],
)


@pytest.fixture
def found(sown):
    """The findings in an agent that waits for this and whose `run` has this line."""

    def found(waits='Subscription("payment.succeeded", ["webhook.planted_source"])', line="pass"):
        sown.plant_agent("planted_agent", {"agent": f"def run(event, tools):\n    {line}\n"})
        (sown.root / "agents/planted_agent/manifest.py").write_text(MANIFEST.format(waits=waits))
        (sown.root / "agents/planted_agent/policy.cedar").unlink(missing_ok=True)
        return [str(one).removeprefix(f"{HERE}/") for one in checked(sown).findings]

    return found


def test_a_wait_that_can_be_matched_is_no_finding(found):
    line = 'return WaitFor("payment.succeeded", f"planted_source:{event}", until=60, otherwise=Done(""))'
    assert found(line=line) == []


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        (
            'Subscription("payment.suceeded", ["webhook.planted_source"])',
            "manifest.py:10: waits for 'payment.suceeded', which is not a domain event (did you mean",
        ),
        (
            'Subscription("payment.succeeded", ["webhook.nowhere"])',
            "manifest.py:10: waits for events of 'webhook.nowhere', which does not exist",
        ),
        (
            'Subscription("planted_source.unmapped", raw=["x"])',
            "manifest.py:10: agent 'planted_agent' waits for 'planted_source.unmapped': no raw event names an entity",
        ),
        (
            'Subscription("review.approved", ["review.service"])',
            "manifest.py:10: waits for 'review.approved': that wakes the agent which it is for without a wait",
        ),
        (
            'Subscription("ticket.created", ["webhook.planted_source"])',
            "manifest.py:10: waits for 'ticket.created' from 'webhook.planted_source', which translates nothing to it",
        ),
        (
            'Subscription("review.opened", ["review.service"])',
            "manifest.py:10: waits for 'review.opened', which names no entity of a kind that wakes it",
        ),
    ],
)
def test_a_wait_that_nothing_can_match_is_found(found, waits, expected):
    """With the line of the subscription in `waits`."""
    assert any(one.startswith(expected) for one in found(waits)), found(waits)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'WaitFor("payment.failed", event.subject, 60, Done(""))',
            "waits for 'payment.failed', which is not in the manifest's waits (did you mean payment.succeeded?)",
        ),
        (
            'WaitFor(event="payment.succeeded", entity="zendesk:ticket/1", until=60, otherwise=Done(""))',
            "waits for 'payment.succeeded' of an entity of 'zendesk', and webhook.planted_source names none",
        ),
        (
            'WaitFor("payment.succeeded", event.subject, until=345601, otherwise=Done(""))',
            "waits for 345601 s, and a grant lives 345600 s: nothing can be done after it",
        ),
    ],
)
def test_a_wait_in_the_code_that_would_be_refused_is_found(found, line, expected):
    """Where its values are literals."""
    assert found(line=line) == [f"agent.py:2: {expected}"]


def test_a_manager_cannot_wait(garden):
    """It has no code that could."""
    garden.plant_agent("planted_agent")
    text = MANIFEST.replace("planted_agent", "planted_board").format(waits=STRIPE)
    text = text.replace(
        "from functions.api.agent import *", "from functions.api.agent import *\nfrom functions.api.workflow import *"
    )
    text = text.replace("waits=[", 'workflow=Concurrent(asked=["planted_agent"], merge={"v": Agree()}),\n    waits=[')
    folder = garden.root / "agents/planted_board"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "manifest.py").write_text(text)
    assert any("has a workflow, and waits" in str(one) for one in read_project(garden.root)[1])


def test_the_rule_lets_what_it_waits_for_through_and_the_source_is_deployed():
    """In the one rule that an agent has."""
    assert {"source": ["webhook.zendesk", "agent.other"], "detail-type": ["ticket.updated"]} in pattern(AGENT)["$or"]
    sources = {name: type("Source", (), {"identity": f"webhook.{name}"}) for name in ("zendesk", "stripe")}
    assert Project({"waiter": AGENT}, sources).deployed_sources() == [sources["zendesk"]]


def test_the_types_of_the_tools_have_the_wait_of_an_agent_that_waits():
    assert "    waited: Waited | None\n" in typed_tools(AGENT, {})
    never = AgentManifest("a", "tests", "b", AGENT.subscribes)
    assert "aited" not in typed_tools(never, {})
