"""What `hookline budget show` prints of a tree."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from functions.core.audit.append import Chains
from functions.core.events.event import child_id
from functions.core.gate.budgets import Account, Budgets, Reservation, Spend
from functions.core.manifests.agent import Budget
from hookline.cli.commands.budget import budget
from hookline.operator import account
from hookline.operator.errors import OperatorError
from infra import naming

AT = "2026-09-21T13:35:00.000000Z"
BUDGET = Budget(effects_per_event=2, model_calls_per_event=2, usd_per_event="0.50")
FRAUD = Account("stripe", "stripe:evt_1", "fraud", "stripe:evt_1", BUDGET)
THINKER = Account("model", "stripe:evt_1", "thinker", "stripe:evt_1", BUDGET)


@pytest.fixture
def show(dynamodb, table, audit_tables, monkeypatch):
    """Runs the command on a tree with an effect and a model call, of an agent each."""
    name = table("budgets")
    monkeypatch.setattr(naming, "BUDGETS_TABLE", name)
    chains = Chains(dynamodb, audit_tables)
    for identity in ("webhook.stripe", "connector.stripe", "connector.model"):
        for correlation in ("stripe:evt_1", "stripe:evt_2"):
            record = {"id": correlation, "identity": identity, "kind": "seen", "correlation": correlation, "at": AT}
            chains.append(identity, [record])
    books = Budgets(dynamodb, name)
    books.reserve_effect(FRAUD, "key", 0)
    calls = Reservation("r1", THINKER, Spend(1, 2_000, 9_000))
    books.reserve(calls, 0)
    books.settle(calls, Spend(1, 1_200, 4_500))
    monkeypatch.setattr(account, "account", lambda aws: SimpleNamespace(client=lambda service: dynamodb))
    return lambda *words: CliRunner().invoke(budget, ["show", *words], catch_exceptions=False).output


def test_it_tells_what_the_tree_and_each_agents_event_have_used(show):
    assert show("stripe:evt_1").splitlines() == [
        "model: 1 model call in the whole tree",
        "  1 model call by agent thinker for stripe:evt_1",
        "model: 1,200 tokens in the whole tree",
        "  1,200 tokens by agent thinker for stripe:evt_1",
        "model: 0.004500 US dollars in the whole tree",
        "  0.004500 US dollars by agent thinker for stripe:evt_1",
        "stripe: 1 effect in the whole tree",
        "  1 effect by agent fraud for stripe:evt_1",
    ]


def test_an_event_is_shown_below_the_one_that_caused_it(show, dynamodb, audit_tables):
    """Though its id, and its agent's name, are before the other's in the alphabet."""
    asked = child_id("stripe:evt_1", "agent.fraud", "approval.required")
    approved = child_id(asked, "review.service", "review.approved")
    said = [
        {"identity": "agent.fraud", "action": "approval.required", "event": asked, "causation": "stripe:evt_1"},
        {"identity": "service.reviews", "action": "review.approved", "event": approved, "causation": asked},
    ]
    for seq, more in enumerate(said):
        at = f"2026-09-21T13:36:0{seq}.000000Z"
        record = {"id": str(seq), "at": at, "kind": "published", "correlation": "stripe:evt_1", **more}
        Chains(dynamodb, audit_tables).append(more["identity"], [record])
    again = Account("stripe", "stripe:evt_1", "approver", approved, BUDGET)
    Budgets(dynamodb, "budgets").reserve_effect(again, "another key", 0)
    assert show("stripe:evt_1").splitlines()[-3:] == [
        "stripe: 2 effects in the whole tree",
        "  1 effect by agent fraud for stripe:evt_1",
        f"    1 effect by agent approver for {approved}",
    ]


def test_what_the_announcement_of_a_review_used_is_shown_as_the_trail_draws_it(show, dynamodb, audit_tables):
    """It is a tree of its own, so that it uses no budget of the question's."""
    asked = child_id("stripe:evt_1", "agent.fraud", "approval.required")
    announced = child_id(asked, "review.service", "review.opened")
    opened = {"identity": "service.reviews", "action": "review.opened", "event": announced, "causation": asked}
    posted = {"identity": "connector.stripe", "action": "stripe:note", "event": announced, "causation": asked}
    for record, kind, tree in ((opened, "published", "stripe:evt_1"), (posted, "effected", announced)):
        whole = {"id": kind, "at": "2026-09-21T13:36:00.000000Z", "kind": kind, "correlation": tree, **record}
        Chains(dynamodb, audit_tables).append(record["identity"], [whole])
    Budgets(dynamodb, "budgets").reserve_effect(
        Account("stripe", announced, "notifier", announced, BUDGET), "posted", 0
    )
    assert show("stripe:evt_1").splitlines()[-2:] == [
        f"stripe: 1 effect in the tree of the announcement {announced}",
        f"  1 effect by agent notifier for {announced}",
    ]


def test_a_tree_that_used_nothing_is_one_line(show):
    with pytest.raises(OperatorError, match="stripe:evt_2 has used no budget: it has neither effects nor"):
        show("stripe:evt_2")


def test_an_unknown_event_is_one_line(show):
    """Not that it cost nothing."""
    with pytest.raises(
        OperatorError, match="^there is no record of stripe:evt_9; an id is one like stripe:evt_1"
    ) as error:
        show("stripe:evt_9")
    assert "\n" not in str(error.value)


def test_as_data_it_tells_the_same(show):
    used = {"effects": None, "model_calls": 1, "tokens": 1_200, "microdollars": 4_500}
    effect = {"effects": 1, "model_calls": None, "tokens": None, "microdollars": None}
    of, quiet = {"event": "stripe:evt_1", "depth": 0}, {"unsettled": [], "recorded": None}
    assert json.loads(show("stripe:evt_1", "--json")) == {
        "correlation": "stripe:evt_1",
        "connectors": {
            "model": {"whole_tree": used, "events": [{"agent": "thinker", **of, **used}], **quiet},
            "stripe": {"whole_tree": effect, "events": [{"agent": "fraud", **of, **effect}], **quiet},
        },
        "announcements": [],
    }


def test_an_event_cannot_control_the_terminal(show, dynamodb):
    """An agent names its own events."""
    odd = Account("stripe", "stripe:evt_1", "fraud", "agent.x:\x1b[2A\x1b[2K\n9 effects", BUDGET)
    Budgets(dynamodb, naming.BUDGETS_TABLE).reserve_effect(odd, "odd", 0)
    output = show("stripe:evt_1")
    assert r"by agent fraud for agent.x:\x1b[2A\x1b[2K\n9 effects" in output
    assert "\x1b" not in output


def test_a_call_that_was_never_settled_is_shown(show, dynamodb):
    """Its connector died: it is charged, and somebody should know."""
    Budgets(dynamodb, "budgets").reserve(Reservation("r2", THINKER, Spend(1, 500, 2_000)), 60)
    lines = show("stripe:evt_1").splitlines()
    assert lines[0] == "model: 2 model calls in the whole tree"
    assert lines[6] == (
        "  not settled: up to 1 model call, 500 tokens, 0.002000 US dollars by agent thinker for stripe:evt_1, "
        "since 1970-01-01T00:01:00.000000Z"
    )


def test_a_trail_that_says_something_else_is_shown(show, dynamodb, audit_tables):
    """One of the two is wrong, and nobody would look."""
    usage = {"model_calls": 1, "tokens": 1_000, "microdollars": 4_000}
    record = {"id": "x", "identity": "connector.model", "kind": "read", "correlation": "stripe:evt_1", "at": AT}
    said = {**record, "usage": usage, "digests": {"reservation": "r1"}}
    Chains(dynamodb, audit_tables).append("connector.model", [said])
    assert "  the trail says 1 model call, 1,000 tokens, 0.004000 US dollars: if it still does" in show("stripe:evt_1")
