"""The causal tree of an event as `hookline audit show` draws it."""

import io
from itertools import pairwise
from types import SimpleNamespace

import pytest
from rich.console import Console

from functions.core.audit.records import Audit
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.events.event import Event, child_id
from functions.core.manifests.agent import AgentManifest, Budget, Subscription
from functions.core.runtime.agent import Agent
from functions.core.runtime.outcomes import Emit
from hookline.operator.audit.tree import DEEPEST, tree, whole

FIRST = "stripe:evt_1"
CHILD = child_id(FIRST, "agent.fraud", "payment.approved")
ASKED = child_id(FIRST, "agent.fraud", "approval.required")


def record(number: int, identity: str, kind: str, event: str = FIRST, **more) -> dict:
    empty = {"action": "", "resource": "", "decision": "", "reason": "", "policies": [], "digests": {}}
    at = f"2026-09-21T12:00:0{number}.250000Z"
    where = {"id": str(number), "at": at, "seq": number, "prev": "", "hash": "", "correlation": FIRST, "causation": ""}
    return {**empty, **where, "identity": identity, "kind": kind, "event": event, **more}


def published(number: int, identity: str, action: str, cause: str = FIRST, copy: int = 1, **more) -> dict:
    """What `identity`, an agent or the review service, says of the event that it published because of `cause`."""
    source = "review.service" if identity == "service.reviews" else identity
    event = child_id(cause, source, action, copy)
    return record(number, identity, "published", event, causation=cause, action=action, **more)


VERIFIED = record(1, "webhook.stripe", "published", action="payment.succeeded")


def drawn(*records: dict, width: int = 300, first: str = FIRST) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=width, highlight=False).print(tree(first, records))
    return output.getvalue().splitlines()


def outline(*records: dict, first: str = FIRST) -> list[tuple[int, str]]:
    """The level and the text of each line below the first; a level is four characters wide."""
    lines = drawn(*records, first=first)[1:]
    texts = [line.lstrip("│├└─ ") for line in lines]
    depths = [line.index("── ") // 4 for line in lines]
    return [(depth, text.split("  ")[-1]) for depth, text in zip(depths, texts, strict=True)]


def test_every_step_tells_who_when_what_and_why():
    """The time is from the first one on."""
    lines = drawn(
        VERIFIED,
        record(
            3,
            "connector.stripe",
            "denied",
            action="stripe:review.approve",
            resource="stripe:review/prv_1",
            decision="Denied",
            reason="the grant does not name it",
            policies=["only-small", "default"],
        ),
    )
    assert lines[0] == "stripe:evt_1  from 2026-09-21T12:00:01.250000Z"
    assert "       0 ms  webhook.stripe  verified a delivery and published payment.succeeded" in lines[1]
    assert lines[2].endswith(
        "   2,000 ms  connector.stripe  denied stripe review.approve on stripe:review/prv_1: Denied "
        "by only-small, default (the grant does not name it)"
    )


def test_an_event_begins_with_its_publication_and_all_that_followed_is_below():
    """With any handler, and anything that it caused."""
    assert outline(
        VERIFIED,
        published(2, "agent.fraud", "payment.approved"),
        record(3, "service.context", "projected", action="payment.succeeded"),
        record(4, "service.context", "projected", CHILD, causation=FIRST, action="payment.approved"),
    ) == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "published payment.approved"),
        (2, "added payment.approved to the timelines"),
        (1, "added payment.succeeded to the timelines"),
    ]


def test_no_clock_puts_an_effect_above_its_cause():
    """Every function has its own, and the publisher's is the slowest here."""
    assert outline(
        record(1, "service.context", "projected", CHILD, causation=FIRST, action="payment.approved"),
        record(2, "agent.fraud", "received", action="payment.succeeded"),
        published(3, "agent.fraud", "payment.approved"),
        {**VERIFIED, "at": "2026-09-21T12:00:04.250000Z"},
    ) == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "received payment.succeeded"),
        (1, "published payment.approved"),
        (2, "added payment.approved to the timelines"),
    ]


def test_no_clock_puts_a_connectors_step_above_the_receipt_that_led_to_it():
    """An agent calls a connector after it has received the event."""
    assert outline(
        VERIFIED,
        record(2, "connector.stripe", "attempted", action="stripe:review.approve"),
        record(3, "connector.stripe", "effected", action="stripe:review.approve"),
        record(4, "agent.fraud", "received", action="payment.succeeded"),
        record(5, "connector.stripe", "read", action="stripe:charge.retrieve"),
        record(6, "agent.fraud", "decided", decision="Done"),
    ) == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "received payment.succeeded"),
        (1, "attempted stripe review.approve"),
        (1, "completed stripe review.approve"),
        (1, "read stripe charge.retrieve"),
        (1, "decided to publish nothing"),
    ]


def test_a_step_under_a_parents_grant_is_below_the_event_that_its_agent_names():
    """The record's own event is the grant's; the other is marked as claimed."""
    assert outline(
        VERIFIED,
        published(2, "agent.fraud", "payment.approved"),
        record(3, "connector.stripe", "read", claimed=CHILD, causation=FIRST, action="stripe:charge.retrieve"),
    )[1:] == [(1, "published payment.approved"), (2, f"read stripe charge.retrieve claimed {CHILD}")]


def test_an_event_that_was_published_twice_is_one():
    """An agent that crashed between publishing and remembering it publishes the same event again."""
    assert outline(
        VERIFIED,
        published(2, "agent.fraud", "payment.approved"),
        record(3, "service.context", "projected", CHILD, causation=FIRST, action="payment.approved"),
        published(4, "agent.fraud", "payment.approved"),
    ) == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "published payment.approved"),
        (2, "added payment.approved to the timelines"),
        (2, "published payment.approved"),
    ]


def test_an_event_whose_publication_is_not_on_record_is_named():
    """Its agent crashed after publishing; the others' records name its parent."""
    assert outline(
        VERIFIED,
        record(2, "service.context", "projected", CHILD, causation=FIRST, action="payment.approved"),
    ) == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "publication not on record"),
        (2, "added payment.approved to the timelines"),
    ]


def test_a_connectors_record_names_the_cause_of_an_event_without_a_published_record():
    """It can be the only one: the agent's own records wait for its audit queue."""
    assert outline(
        VERIFIED,
        record(2, "connector.stripe", "read", CHILD, causation=FIRST, action="stripe:charge.retrieve"),
    )[:2] == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "publication not on record"),
    ]


def test_a_connectors_record_stays_below_its_event_and_moves_no_event():
    """Its event and its cause are the agent's word; the publisher's record decides."""
    assert outline(
        record(1, "connector.stripe", "effected", CHILD, causation=ASKED, action="stripe:review.approve"),
        VERIFIED,
        published(3, "agent.fraud", "approval.required"),
        published(4, "agent.fraud", "payment.approved"),
    ) == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "published approval.required"),
        (1, "published payment.approved"),
        (2, "completed stripe review.approve"),
    ]


def test_nobody_moves_anothers_event_to_another_cause():
    """Its publisher's record counts."""
    (lie, truth) = (
        record(1, "agent.x", "received", CHILD, causation="agent.x:a:elsewhere", action="payment.approved"),
        published(3, "agent.fraud", "payment.approved"),
    )
    claim = record(2, "agent.x", "published", CHILD, causation="agent.x:a:elsewhere", action="payment.approved")
    assert outline(lie, VERIFIED, claim, truth)[:2] == [
        (0, "verified a delivery and published payment.succeeded"),
        (1, "published payment.approved"),
    ]


def test_causes_in_a_circle_are_drawn_once():
    """An identity can make them up."""
    one, other = "agent.x:a:1", "agent.x:a:2"
    records = [
        record(1, "agent.x", "published", one, causation=other, action="a"),
        record(2, "agent.x", "published", other, causation=one, action="a"),
        record(3, "agent.x", "published", "agent.x:a:3", causation="agent.x:a:3", action="a"),
    ]
    assert sorted(outline(*records)) == [(0, "published a"), (0, "published a"), (1, "published a")]


def test_two_agents_that_ask_the_same_are_not_mixed_up():
    """What an event caused is below the one that published it, in any order of arrival."""
    care = child_id(FIRST, "agent.care", "approval.required")
    lines = drawn(
        published(1, "agent.care", "approval.required"),
        published(2, "agent.fraud", "approval.required"),
        record(3, "service.reviews", "asked", ASKED, causation=FIRST, resource="review/fraud"),
        record(4, "service.reviews", "asked", care, causation=FIRST, resource="review/care"),
    )
    assert [line.split("  ")[-2:] for line in lines[1:]] == [
        ["agent.care", "published approval.required"],
        ["service.reviews", "opened a review of review/care"],
        ["agent.fraud", "published approval.required"],
        ["service.reviews", "opened a review of review/fraud"],
    ]


def test_an_agent_that_publishes_a_type_twice_leads_to_both():
    second = child_id(FIRST, "agent.fraud", "payment.approved", 2)
    lines = drawn(
        published(1, "agent.fraud", "payment.approved"),
        published(2, "agent.fraud", "payment.approved", copy=2),
        record(3, "service.context", "projected", CHILD, causation=FIRST, action="the first"),
        record(4, "service.context", "projected", second, causation=FIRST, action="the second"),
    )
    assert [line.split("  ")[-1] for line in lines[1:]] == [
        "published payment.approved",
        "added the first to the timelines",
        "published payment.approved",
        "added the second to the timelines",
    ]


def test_a_message_to_people_is_below_the_service_announcement():
    announced = child_id(ASKED, "review.service", "review.opened")
    effect = {"action": "slack:message.post", "correlation": announced}
    assert outline(
        published(1, "agent.fraud", "approval.required"),
        record(2, "service.reviews", "asked", ASKED, causation=FIRST),
        published(3, "service.reviews", "review.opened", ASKED),
        record(4, "connector.slack", "effected", announced, **effect),
    ) == [
        (0, "published approval.required"),
        (1, "opened a review of a review"),
        (1, "published review.opened"),
        (2, "completed slack message.post"),
    ]


def test_a_tree_holds_the_announcements_of_its_reviews():
    """They are trees of their own, which the record of the announcement leads to."""
    announcement = published(2, "service.reviews", "review.opened", ASKED)
    told = record(1, "agent.notifier", "received", announcement["event"], causation=ASKED)
    trees = {FIRST: [VERIFIED, announcement], announcement["event"]: [told]}

    assert whole(SimpleNamespace(of_correlation=trees.get), FIRST) == [VERIFIED, told, announcement]


def test_no_made_up_tree_is_too_deep_to_show_what_was_done_at_its_end():
    """A thousand levels of events that an agent says that it published, and one effect below them."""
    levels, event = [], FIRST
    for _ in range(1000):
        levels.append(published(1, "agent.x", "a", event, id=str(len(levels))))
        event = levels[-1]["event"]
    lines = drawn(*levels, record(2, "connector.stripe", "effected", event, action="stripe:refund.create"), width=80)
    assert any("connector.stripe" in line for line in lines)


def test_many_events_that_nobody_handled_are_drawn_soon():
    """Each is looked for once."""
    records = [published(1, "agent.x", "a", copy=number, id=str(number)) for number in range(1, 3001)]
    assert len(drawn(*records)) == 3001


def test_two_identities_that_give_their_records_one_id_are_not_mixed_up():
    lines = drawn(
        published(1, "agent.fraud", "payment.approved", id="same"),
        record(2, "service.context", "projected", CHILD, causation=FIRST, action="payment.approved", id="same"),
    )
    assert len(lines) == 3


def test_what_a_person_decided_leads_to_what_was_done():
    """Below the review service's event, which follows the approval that was enough."""
    approved = child_id(ASKED, "review.service", "review.approved")
    assert outline(
        published(1, "agent.fraud", "approval.required"),
        record(2, "service.reviews", "approved", ASKED, decision="ada", action="it", reason="1 of 2"),
        record(3, "service.reviews", "approved", ASKED, decision="bob", action="it", reason="enough"),
        published(4, "service.reviews", "review.approved", ASKED),
        record(5, "connector.stripe", "effected", approved, action="it"),
    ) == [
        (0, "published approval.required"),
        (1, "recorded the approval by ada of it (1 of 2)"),
        (1, "recorded the approval by bob of it (enough)"),
        (1, "published review.approved"),
        (2, "completed it"),
    ]


def test_what_nothing_here_explains_is_drawn_too():
    """A record that names another event, or none."""
    lines = drawn(VERIFIED, record(2, "agent.fraud", "failed", "somebody's:event"), record(3, "agent.x", "failed", ""))
    assert any("agent.fraud  failed" in line for line in lines)
    assert any("agent.x  failed" in line for line in lines)


@pytest.fixture
def hand_over(make_event, envelope_of, eventbridge, make_audit, audit_queue):
    """Runs a chain of `hops` events, each published by an agent that the one before it woke; gives its records."""

    class Wakes:
        def count(self, *_) -> None: ...

    def run(event: Event, tools) -> Emit:
        return Emit("payment.held", {"charge": "ch_1", "score": 0.9, "reasons": []})

    sources = [Subscription("payment.held", ["agent.relay"]), Subscription("payment.succeeded", ["webhook.stripe"])]
    manifest = AgentManifest("relay", "tests", "tests", sources, ["payment.held"], budget=Budget(hops=1000))

    def chain(hops: int) -> list[dict]:
        audit: Audit = make_audit("agent.relay")
        agent = Agent(manifest, run, catalogue, Bus(eventbridge, "bus"), None, Wakes(), audit, lambda: 0.0)
        event = make_event()
        for _ in range(hops):
            agent.wake(event)
            event = Event.from_envelope(envelope_of(Event(**eventbridge.events[-1])))
        return [{"seq": number, **record} for number, record in enumerate(audit_queue.records)]

    return chain


def test_a_chain_of_two_hundred_hops_is_drawn_in_its_order(hand_over):
    """From the records that its agents wrote: each event below the one that caused it, as far as the screen goes."""
    records = hand_over(200)
    lines = outline(*records)
    assert [text for _, text in lines] == [
        "received payment.succeeded about stripe:charge/ch_3PExample",
        "decided to publish payment.held",
        *[
            "published payment.held",
            "received payment.held about stripe:charge/ch_3PExample",
            "decided to publish payment.held",
        ]
        * 199,
        "published payment.held",
    ]
    depths = [depth for depth, text in lines if text.startswith("published")]
    assert depths == [min(number, DEEPEST) for number in range(200)]
    publications = [record for record in records if record["kind"] == "published"]
    assert all(after["causation"] == before["event"] for before, after in pairwise(publications))
    assert {len(record["event"]) for record in publications} == {len("agent.relay:payment.held:") + 32}


def test_what_a_step_cost_is_shown():
    """Whatever a record holds beside what all of them hold."""
    assert drawn(record(1, "connector.bedrock", "effected", usd="0.002", tokens=812))[1].endswith(
        "tokens 812 usd 0.002"
    )


def test_what_a_model_call_used_is_shown():
    """In dollars, and with its duration."""
    usage = {"model_calls": 1, "tokens": 1_812, "microdollars": 2_000, "milliseconds": 640, "input_tokens": 1_800}
    line = drawn(record(1, "connector.bedrock", "read", reason="end_turn", usage=usage))[1]
    assert line.endswith("(end_turn) 1,812 tokens, 0.002 US dollars, 640 ms")


def test_what_others_wrote_commands_no_terminal():
    """Neither its escapes nor the markup of our own library."""
    (_, line) = drawn(record(1, "agent.fraud", "decided", reason="\x1b]0;owned\x07 [red]not red[/red]"))
    assert "\x1b" not in line
    assert "[red]not red[/red]" in line


def test_no_field_of_a_record_reaches_the_terminal_as_more_than_text():
    """Agents write their own records: what they did must not hide behind what a terminal obeys."""
    escape = "\x1b[2K\x1b]0;\x07"
    texts = ("identity", "kind", "event", "action", "resource", "decision", "reason", "who")
    lines = drawn(record(1, **dict.fromkeys(texts, escape)))
    assert "\x1b" not in "".join(lines)
