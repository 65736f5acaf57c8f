"""When a causal tree is handled, by who subscribes to its events."""

import pytest

from functions.api.agent import AgentManifest, Subscription
from functions.core.events.event import child_id
from hookline.demo.handled import Missing, Subscribers, missing
from tests.unit.demo.records import (
    APPROVAL,
    FRAUD,
    OPENED,
    QUESTION,
    ROOT,
    accepted,
    approved,
    decided,
    held,
    published,
    record,
)

ALL = Subscribers({"fraud": FRAUD}, ["fraud"])


def agent(name, *subscribes):
    """An agent of the user's own."""
    return AgentManifest(name=name, owner="me", purpose="watch", subscribes=list(subscribes), uses=[])


def owed(records, subscribers=ALL, **how):
    return missing(records, subscribers, **how)


def test_an_accepted_delivery_waits_for_its_agent():
    assert owed(accepted()) == [Missing("agent.fraud", ROOT)]


def test_an_accepted_delivery_waits_for_the_timelines():
    assert owed([accepted()[0], *decided()]) == [Missing("service.context", ROOT)]


def test_a_delivery_whose_agent_publishes_nothing_is_handled():
    assert owed([*accepted(), *decided()]) == []


def test_an_event_that_an_agent_decided_to_publish_is_waited_for():
    begun = [*accepted(), *decided(action="payment.approved", decision="Emit")]
    assert owed(begun) == [Missing("agent.fraud", ROOT, publishes=True)]
    assert owed([*begun, *published("fraud", "agent.fraud:payment.approved:1", "payment.approved")]) == []


def test_a_second_try_of_an_agent_owes_no_event_of_the_first():
    """The bus failed after the first decision: the second publishes the same event."""
    twice = [*decided(action="payment.approved", decision="Emit")] * 2
    done = published("fraud", "agent.fraud:payment.approved:1", "payment.approved")
    assert owed([*accepted(), *twice, *done]) == []


def test_an_own_agent_is_waited_for_like_a_shipped_one():
    own = agent("bookkeeper", Subscription("payment.approved", sources=["agent.fraud"]))
    both = Subscribers({"fraud": FRAUD, "bookkeeper": own}, ["fraud"])
    event = "agent.fraud:payment.approved:1"
    tree = [
        *accepted(),
        *decided(action="payment.approved", decision="Emit"),
        *published("fraud", event, "payment.approved"),
    ]
    assert owed(tree, both) == [Missing("agent.bookkeeper", event)]
    assert owed([*tree, *decided("bookkeeper", event)], both) == []


def test_an_untranslated_delivery_waits_for_subscribers_to_its_raw_type_alone():
    own = agent("stars", Subscription("github.unmapped", raw=["star.created"]))
    tree = [
        record("webhook.github", "published", "github:1", "github.unmapped"),
        record("service.context", "projected", "github:1"),
    ]
    assert owed(tree, Subscribers({"stars": own}, raw={"github:1": "star.deleted"})) == []
    assert owed(tree, Subscribers({"stars": own}, raw={"github:1": "star.created"})) == [
        Missing("agent.stars", "github:1")
    ]


@pytest.mark.parametrize(
    ("error", "left"), [("RetryableError", 1), ("KeyError", 1), ("Denied", 0), ("PermanentError", 0)]
)
def test_a_failure_of_a_needed_agent_is_waited_out_if_it_is_retried(error, left):
    """Denied is permanent: no retry follows."""
    assert len(owed([*accepted(), record("agent.fraud", "failed", decision=error)])) == left


def test_a_failing_agent_that_the_flow_does_not_need_is_not_waited_for():
    own = agent("bookkeeper", Subscription("payment.succeeded", sources=["webhook.stripe"]))
    both = Subscribers({"fraud": FRAUD, "bookkeeper": own}, ["fraud"])
    tree = [*accepted(), *decided(), record("agent.bookkeeper", "failed", decision="KeyError")]
    assert owed(tree, both) == owed(tree, both, final=True) == []


def test_at_the_end_a_needed_agent_that_failed_for_good_owes_its_decision():
    failed = [*accepted(), record("agent.fraud", "failed", decision="PermanentError")]
    assert owed(failed, final=True) == [Missing("agent.fraud", ROOT)]


def test_a_question_waits_for_its_review_and_then_for_the_agent_that_announces_it():
    announces = agent("notifier", Subscription("review.opened", sources=["review.service"]))
    both = Subscribers({"fraud": FRAUD, "notifier": announces}, ["fraud"])
    tree = held()
    assert owed(tree[:-2], both) == [Missing("service.reviews", QUESTION)]
    assert owed(tree[:-1], both) == [Missing("service.reviews", QUESTION, publishes=True)]
    assert owed(tree, both) == [Missing("agent.notifier", OPENED)]
    assert owed(tree[:-1]) == [], "no agent announces reviews here"


def test_a_managers_task_is_waited_for_at_its_member_and_its_report_at_the_manager():
    """Every member subscribes to the tasks, and one receives each; the manager subscribes to no report."""
    managed = Subscription("task.assigned", sources=["agent.board"])
    three = {name: agent(name, managed) for name in ("ada", "bob")}
    three["board"] = agent("board", Subscription("payment.succeeded", sources=["webhook.stripe"]))
    tasks = [child_id(ROOT, "agent.board", "task.assigned", number) for number in (1, 2)]
    tree = [*accepted(), record("agent.board", "received")]
    tree += [
        record("agent.board", "decided", action=f"task.assigned run/1/{name}/1", decision="Assigned")
        for name in ("ada", "bob")
    ]
    tree += [line for task in tasks for line in published("board", task, "task.assigned")]
    everybody = Subscribers(three, list(three))
    assert owed(tree, everybody) == [Missing("agent.ada", tasks[0]), Missing("agent.bob", tasks[1])]
    tree += [*decided("ada", tasks[0], "task.reported", "Report"), *decided("bob", tasks[1])]
    report = child_id(tasks[0], "agent.ada", "task.reported")
    tree += published("ada", report, "task.reported", cause=tasks[0])
    assert owed(tree, everybody) == [Missing("agent.board", report)]
    assert owed([*tree, *decided("board", report)], everybody) == []


def test_a_persons_decision_waits_for_the_agent_that_asked_and_for_no_other():
    curious = agent("curious", Subscription("review.approved", sources=["review.service"]))
    both = Subscribers({"fraud": FRAUD, "curious": curious}, ["fraud"])
    assert owed(approved(), both) == [Missing("agent.fraud", APPROVAL)]
    assert owed([*approved(), *decided(event=APPROVAL)], both) == []
