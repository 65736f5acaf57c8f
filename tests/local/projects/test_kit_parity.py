"""What passes in the testing kit passes on a deployed stack, and the other way round: the same cases, both ways.

Compared are the audit records of every identity (kind, action, decision, reason, destination, policies), the published
events with their data, and the effects at the provider. The kit has no IAM: that is tests/local/test_identities.py.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest

from functions.core.context.timeline import Timelines
from functions.core.events.event import child_id
from functions.core.reviews.review import review_id
from hookline.local.stack import LocalStack
from hookline.operator import reviews
from hookline.operator.send import post
from hookline.operator.trail import Trail
from hookline.testing.kit import Delivery, Kit, Result, delivery, event
from infra import naming
from tests.local.payments import effects_on, payment
from tests.local.projects.parity.cases import BOUND, CASES, PROBER, steps
from tests.planted import planted

pytestmark = pytest.mark.local

FIXTURE, PUSHED = "pull_request_opened__ordinary", "pull_request_synchronize__from_a_fork"
JSON = {"content-type": "application/json"}
SAID = ("question", "evidence")
Records = Callable[..., list[dict[str, Any]]]
Published = Callable[[dict[str, Any], str], list[tuple[str, dict[str, Any]]]]


@pytest.fixture(scope="module", autouse=True)
def prober() -> Iterator[None]:
    """The prober, importable for the kit."""
    with planted(PROBER):
        yield


@pytest.fixture(scope="module")
def recorded(probing: LocalStack, eventually: Callable[..., Any]) -> Records:
    """Waits for a record in a tree, and then until the recorder has read every queue; returns the tree's records."""
    trail, sqs = Trail(probing.client("dynamodb")), probing.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    urls = [sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in naming.AUDIT_QUEUES.values()]

    def all_read() -> bool:
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        return all(value == "0" for queue in found for value in queue.values())

    def wait(correlation: str, identity: str, *kinds: str, times: int = 1) -> list[dict[str, Any]]:
        def found() -> bool:
            records = trail.of_correlation(correlation)
            return sum((one["identity"] == identity) and (one["kind"] in kinds) for one in records) >= times

        eventually(found, f"{identity} {' or '.join(kinds)} on {correlation}")
        eventually(all_read, "the recorder has read every queue")
        return trail.of_correlation(correlation)

    return wait


@pytest.fixture(scope="module")
def messages(probing: LocalStack) -> Callable[..., int]:
    """How many messages in the sandbox's channel hold a text, or begin with it. Notices of reviews quote agents."""

    def count(text: str, begin: bool = False) -> int:
        held = probing.sandboxes.control("GET", "/_sandbox/slack/state")["messages"]
        return sum(message["text"].startswith(text) if begin else text in message["text"] for message in held)

    return count


@pytest.fixture(scope="module")
def published(probing: LocalStack, eventually: Callable[..., Any]) -> Published:
    """The ids and the data of an agent's events on the timeline of a payment's charge, once the context has them."""
    timelines = Timelines(probing.client("dynamodb"), naming.TIMELINES_TABLE)

    def wait(paid: dict[str, Any], type: str) -> list[tuple[str, dict[str, Any]]]:
        entity = f"stripe:charge/{paid['data']['object']['id']}"
        entries = eventually(lambda: timelines.read(entity, 50, type)["entries"], f"{type} on the timeline of {entity}")
        return [(one["id"], dict(one["data"])) for one in entries]

    return wait


@pytest.fixture
def fraud() -> Iterator[Kit]:
    with Kit("fraud") as kit:
        yield kit


def in_kit(fraud: Kit, paid: dict[str, Any], known: bool = True) -> Result:
    """Stripe's event in the kit, whose sandbox has the charge."""
    if known:
        fraud.sandbox("stripe").control("POST", "charges", json.dumps([paid["data"]["object"]]).encode())
    return fraud.wake(Delivery("stripe", "charge.succeeded", json.dumps(paid).encode(), JSON))


def deliver(probing: LocalStack, paid: dict[str, Any]) -> str:
    """Deliver Stripe's event to the stack; returns its tree's id."""
    assert post(probing, "stripe", json.dumps(paid).encode()).status == 200
    return f"stripe:{paid['id']}"


def happened(result: Result) -> list[str]:
    return [one.operation.removeprefix("stripe.") for one in result.effects if one.times == 1]


@pytest.mark.parametrize("title", CASES)
def test_what_an_agent_may_and_may_not_do_is_the_same(
    probing: LocalStack, recorded: Records, messages: Callable[..., int], title: str
) -> None:
    sent = f"{title} {secrets.token_hex(4)}"
    changed = delivery("github", FIXTURE, set={"pull_request.title": sent}, ids=secrets.token_hex(6))
    posted = post(probing, "github", changed.body, headers=changed.headers)
    live = recorded(posted.events[0], "agent.prober", "decided", "failed")
    if title in ("over budget", "ask a person"):  # both are asked about
        live = recorded(posted.events[0], "service.reviews", "asked")
    with Kit("prober", destinations=BOUND) as kit:
        result = kit.wake(changed)
    assert steps(result.records) == steps(one for one in live if one["identity"] != "agent.waiter")
    assert sum(one.times for one in result.effects) == messages(sent, begin=True) == CASES[title][0]
    asked = [
        reviews.find(probing, review_id(child_id(posted.events[0], one.source, one.type))) for one in result.published
    ]
    assert [one.question for one in result.asked] == [one["agent_says"]["question"] for one in asked]
    assert [one.why for one in result.asked] == [one["agent_says"]["why"] for one in asked]


def test_an_ordinary_payment_is_approved_in_both(
    probing: LocalStack, recorded: Records, published: Published, fraud: Kit
) -> None:
    paid = payment(probing)
    tree = deliver(probing, paid)
    live = recorded(tree, "agent.fraud", "published")
    recorded(tree, "service.context", "projected", times=2)
    result = in_kit(fraud, paid)
    assert steps(result.records) == steps(live)
    assert happened(result) == effects_on(probing, paid) == ["review.approve"]
    assert [(one.id, one.data) for one in result.published] == published(paid, "payment.approved")


def test_a_charge_that_stripe_does_not_know_is_a_dead_letter_in_both(
    probing: LocalStack, recorded: Records, fraud: Kit
) -> None:
    paid = payment(probing)
    paid["data"]["object"]["id"] = f"ch_{secrets.token_hex(8)}"
    live = recorded(deliver(probing, paid), "agent.fraud", "failed")
    result = in_kit(fraud, paid, known=False)
    assert result.status == "dead-lettered"
    assert steps(result.records) == steps(live)


def test_a_held_payment_that_a_person_approves_is_the_same_in_both(
    probing: LocalStack, recorded: Records, published: Published, fraud: Kit, messages: Callable[..., int]
) -> None:
    """The agent asks, the notifier tells, a person approves, the gate acts, and the agent publishes it."""
    customer, now = f"cus_{secrets.token_hex(8)}", int(time.time())
    for amount in (4100, 4300, 3900):
        usual = payment(probing, customer=customer, amount=amount, created=now - 100_000)
        recorded(deliver(probing, usual), "service.context", "projected", times=2)
        assert in_kit(fraud, usual).types == ["payment.approved"]
    paid = payment(probing, customer=customer, amount=900_000)
    tree = deliver(probing, paid)
    live = recorded(tree, "service.reviews", "asked")
    asked = in_kit(fraud, paid)
    question = child_id(tree, "agent.fraud", "approval.required")
    announced = child_id(question, "review.service", "review.opened")
    told = recorded(announced, "agent.notifier", "decided")
    assert steps(asked.records) == steps(live)
    review = reviews.waiting(probing, review_id(question), time.time())
    (one,) = asked.asked
    assert (one.review, one.question, one.evidence) == (review["id"], *(review["agent_says"][name] for name in SAID))
    assert (one.action.arguments if one.action else None) == review["action"]["arguments"]
    assert [(one.id, one.data) for one in asked.published[1:]] == published(paid, "payment.held")
    assert happened(asked) == effects_on(probing, paid) == []

    notice = asked.asked[0].question
    with Kit("notifier") as notifier:
        told_in_kit = notifier.wake(event("review.opened", notice=notice))
    assert steps(told_in_kit.records) == steps(told)
    assert messages(review["id"]) == told_in_kit.effects[0].times == 1

    reviews.decide(probing, review, "approve")
    after = recorded(tree, "agent.fraud", "published", times=3)
    approved = fraud.approve(asked)
    new = [one for one in after if one["id"] not in {old["id"] for old in live}]
    assert new
    assert steps(approved.records) == steps(new)
    assert happened(approved) == effects_on(probing, paid) == ["review.approve"]
    assert [(one.id, one.data) for one in approved.published] == published(paid, "payment.approved")


def of_waiter(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without those of the prober, which the same deliveries wake, and without those of the tree that waited."""
    others = [one for one in records if one["identity"] != "agent.prober" and one["kind"] != "matched"]
    return [one for one in others if not any(policy.startswith("prober") for policy in one["policies"])]


def test_an_agent_that_waits_is_woken_by_the_next_push_in_both(
    probing: LocalStack, recorded: Records, messages: Callable[..., int]
) -> None:
    """Of its pull request and no other one; what nothing waits for is one record."""
    title, repository = f"wait {secrets.token_hex(4)}", secrets.randbelow(10**9)
    opened, pushed, again = (
        delivery("github", fixture, set={**about, "repository.id": repository}, ids=secrets.token_hex(6))
        for fixture, about in ((FIXTURE, {"pull_request.title": title}), (PUSHED, {}), (PUSHED, {}))
    )
    with Kit("waiter") as kit:
        for sent in (opened, pushed, again):
            tree = post(probing, "github", sent.body, headers=sent.headers).events[0]
            live = recorded(tree, "agent.waiter", "decided", "failed", "passed")
            assert steps(of_waiter(kit.wake(sent).records)) == steps(of_waiter(live))
    assert messages(f"{title}: pushed") == 1


def test_a_wait_that_ends_unmatched_asks_a_person_in_both(probing: LocalStack, recorded: Records) -> None:
    sent = f"wait briefly {secrets.token_hex(4)}"
    opened = delivery("github", FIXTURE, set={"pull_request.title": sent}, ids=secrets.token_hex(6))
    tree = post(probing, "github", opened.body, headers=opened.headers).events[0]
    live = recorded(tree, "service.reviews", "asked")
    with Kit("waiter") as kit:
        first, last = kit.wake(opened), kit.move_time(60)
    assert steps([*first.records, *last.records]) == steps(of_waiter(live))
    wait = child_id(tree, "agent.waiter", "wait.expired")
    asked = reviews.find(probing, review_id(child_id(wait, "agent.waiter", "approval.required")))
    assert [one.question for one in last.asked] == [asked["agent_says"]["question"]]
