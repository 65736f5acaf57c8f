"""How a delivery is sent, and when what it led to is on the trail."""

import json
from types import SimpleNamespace

import pytest

from functions.core.platform.errors import WebhookRejected
from hookline.demo import watch
from hookline.demo.flow import Delivery, SandboxCall
from hookline.demo.handled import Subscribers
from hookline.demo.watch import Sent, Watch
from hookline.operator.errors import OperatorError
from hookline.operator.send import Posted
from hookline.testing import fixtures
from hookline.testing.signing import verify
from tests.unit.demo.records import FRAUD, ROOT, accepted, decided, record

SECRET = "whsec_of_this_stack"
BODY = fixtures.load("stripe", "charge_succeeded__ordinary").fresh().body
EVENT = f"stripe:{json.loads(BODY)['id']}"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Time that passes with each sleep only."""
    now = [1_790_000_000.0]
    monkeypatch.setattr(
        watch,
        "time",
        SimpleNamespace(
            time=lambda: now[0],
            monotonic=lambda: now[0],
            sleep=lambda seconds: now.__setitem__(0, now[0] + seconds),
        ),
    )


def following(trail=None, **before):
    running = SimpleNamespace(url="http://here", signing_secret=lambda source: SECRET)
    return Watch(running, trail, Subscribers({"fraud": FRAUD}, ["fraud"]), before=before)


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("signed", None),
        ("duplicate", None),
        ("forged", "SignatureMismatch"),
        ("stale", "StaleTimestamp"),
        ("unsigned", "MissingSignature"),
    ],
)
def test_a_delivery_is_signed_as_its_kind_says_and_its_event_is_known(kind, refused):
    request, events = following()._request(Delivery("a payment", "stripe", BODY, kind))
    assert [event.id for event in events] == [EVENT]
    headers = {name.lower(): value for name, value in request.headers.items()}
    given = {"method": "POST", "url": request.url, "headers": headers, "body": request.body}
    if refused is None:
        assert verify("stripe", **given, secrets=[SECRET], now=1_790_000_000.0)
    else:
        with pytest.raises(WebhookRejected) as error:
            verify("stripe", **given, secrets=[SECRET], now=1_790_000_000.0)
        assert error.value.reason == refused


@pytest.mark.parametrize(("statuses", "last"), [([409, 503, 200], 200), ([401], 401), ([503] * 99, 503)])
def test_a_delivery_is_sent_again_while_the_verifier_cannot_take_it(monkeypatch, statuses, last):
    left = list(statuses)
    monkeypatch.setattr(watch, "send_request", lambda request: Posted(left.pop(0), "", 0.0))
    (sent,) = following().post([Delivery("a payment", "stripe", BODY)])
    assert sent.posted.status == last
    assert len(statuses) - len(left) == min(len(statuses), 1 + watch.TRIES)


class Trail:
    """A trail whose tree is another one each time that it is read; the last one stays."""

    def __init__(self, *trees):
        self._trees = list(trees)

    def of_correlation(self, correlation):
        return self._trees.pop(0) if len(self._trees) > 1 else self._trees[0]

    def of_identity(self, identity, after=0):
        return self.of_correlation("")[after:]


@pytest.fixture
def queues(monkeypatch):
    """The messages in each queue, by its name; the number that is read is then one less."""
    counts = {}

    def messages(account, queue):
        counts[queue] = max(0, (found := counts.get(queue, 0)) - 1)
        return found

    monkeypatch.setattr(watch.queue_counts, "messages", messages)
    return counts


HANDLED = [*accepted(), *decided()]


def test_a_delivery_is_followed_until_its_agent_has_decided(queues):
    assert following(Trail([], accepted(), HANDLED)).follow([ROOT], 30) == HANDLED


def test_what_is_under_way_to_the_recorder_is_waited_for(queues):
    """The connector's record comes through another queue than the agent's, and later."""
    whole = [*HANDLED, record("connector.stripe", "effected", action="stripe:review.approve")]
    queues["hookline-audit-services"] = 2
    assert following(Trail(HANDLED, HANDLED, HANDLED, whole)).follow([ROOT], 30) == whole


def test_a_delivery_is_not_followed_for_longer_than_its_patience(queues):
    begun = accepted()
    assert following(Trail(begun)).follow([ROOT], 0.1) == begun


def test_an_outcome_that_publishes_nothing_is_over_when_its_agents_queue_is_empty(queues):
    later = [*accepted(), *decided(decision="Later")]
    queues["hookline-agent-fraud"] = 3
    assert following(Trail(later)).follow([ROOT], 30) == later
    assert queues["hookline-agent-fraud"] == 0


def test_a_wait_is_over_at_once_although_its_end_is_in_the_agents_queue(queues):
    waits = [*accepted(), *decided(decision="WaitFor")]
    queues["hookline-agent-fraud"] = 3
    assert following(Trail(waits)).follow([ROOT], 30) == waits
    assert queues["hookline-agent-fraud"] == 3


def test_an_event_whose_id_only_its_verifier_knew_is_the_newest_that_is_new():
    published = [record("webhook.stripe", "published", f"stripe:{n}") for n in range(3)]
    one = following(Trail(published), stripe=1)
    one.trees["stripe:1"] = []
    sent = one.identify(Sent(Delivery("a payment", "stripe", BODY), Posted(200, "", 0.0), (), "digest"), 30)
    assert sent.events == ("stripe:2",)


def sandboxes(*answers):
    """Sandboxes that answer the control requests one after the other, and keep what they were asked."""
    asked, left = [], list(answers)
    return SimpleNamespace(
        asked=asked, control=lambda method, path, body: (asked.append((method, path, body)), left.pop(0))[1]
    )


MADE = {"deliveries": [{"headers": {"x-github-delivery": "guid"}, "payload": {"number": 7}}]}


def test_a_delivery_of_a_sandbox_has_its_body_and_headers_and_so_has_its_copy():
    """The call is made once."""
    watched, call = following(), SandboxCall("github", "pulls", {"branch": "b"})
    watched.running.sandboxes = sandboxes(MADE)
    opened = Delivery("a pull request", "github", made=call)
    made, copy = watched.made(opened), watched.made(opened.again("a copy"))
    assert json.loads(made.body) == {"number": 7} and copy.body == made.body
    assert made.headers == {"content-type": "application/json", "x-github-delivery": "guid"} == copy.headers
    assert watched.running.sandboxes.asked == [("POST", "/_sandbox/github/pulls", {"branch": "b"})]


def test_a_delivery_whose_call_was_made_before_another_one_comes_late():
    """With what the sandbox answered then."""
    watched, early, late = following(), SandboxCall("github", "commits"), SandboxCall("github", "commits")
    watched.running.sandboxes = sandboxes(MADE, {"deliveries": [{"headers": {}, "payload": {"number": 8}}]})
    watched.prepare([early])
    assert [json.loads(watched.made(Delivery("a push", "github", made=one)).body) for one in (late, early)] == [
        {"number": 8}, {"number": 7},
    ]  # fmt: skip


def test_a_call_that_leads_to_no_delivery_is_named():
    """It is a mistake of the flow."""
    watched = following()
    watched.running.sandboxes = sandboxes({"deliveries": []})
    with pytest.raises(OperatorError, match="the sandbox of github makes no delivery of commits: a push"):
        watched.made(Delivery("a push", "github", made=SandboxCall("github", "commits")))
