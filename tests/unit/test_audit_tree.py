"""The causal tree of an event as `hookline audit show` draws it."""

import io

from rich.console import Console

from hookline.operator.audit.tree import tree

FIRST = "stripe:evt_1"
CHILD = f"agent.fraud:payment.approved:{FIRST}"


def record(number: int, identity: str, kind: str, event: str = FIRST, **more) -> dict:
    empty = {"action": "", "resource": "", "decision": "", "reason": "", "policies": [], "digests": {}}
    at = f"2026-09-21T12:00:0{number}.250000Z"
    where = {"id": str(number), "at": at, "seq": number, "prev": "", "hash": "", "correlation": FIRST}
    return {**empty, **where, "identity": identity, "kind": kind, "event": event, **more}


def drawn(*records: dict, width: int = 300) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=width, highlight=False).print(tree(FIRST, records))
    return output.getvalue().splitlines()


def test_every_step_tells_who_when_what_and_why():
    """The time is from the first one on."""
    lines = drawn(
        record(1, "webhook.stripe", "published", action="payment.succeeded"),
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
    assert "       0 ms  webhook.stripe  verifies a delivery and publishes payment.succeeded" in lines[1]
    assert lines[2].endswith(
        "   2,000 ms  connector.stripe  denies stripe review.approve on stripe:review/prv_1: Denied "
        "by only-small, default (the grant does not name it)"
    )


def test_what_came_of_an_event_hangs_below_the_step_that_published_it():
    """Whoever handled it, and whatever came of that."""
    lines = drawn(
        record(1, "webhook.stripe", "published", action="payment.succeeded"),
        record(2, "agent.fraud", "published", action="payment.approved"),
        record(3, "service.context", "projected", action="payment.succeeded"),
        record(4, "service.context", "projected", CHILD, action="payment.approved"),
    )
    assert [line.split("  ")[-1] for line in lines[1:]] == [
        "verifies a delivery and publishes payment.succeeded",
        "publishes payment.approved",
        "puts payment.approved on the timelines",
        "puts payment.succeeded on the timelines",
    ]
    depths = [line.index(" ms") for line in lines[1:]]
    assert depths[2] > depths[1] == depths[0] == depths[3]


def test_two_agents_that_ask_the_same_are_not_mixed_up():
    """What came of an event hangs below the one that published it, whoever comes first."""
    lines = drawn(
        record(1, "agent.care", "published", action="approval.required"),
        record(2, "agent.fraud", "published", action="approval.required"),
        record(3, "service.reviews", "asked", f"agent.fraud:approval.required:{FIRST}", resource="review/fraud"),
        record(4, "service.reviews", "asked", f"agent.care:approval.required:{FIRST}", resource="review/care"),
    )
    assert [line.split("  ")[-2:] for line in lines[1:]] == [
        ["agent.care", "publishes approval.required"],
        ["service.reviews", "asks people about review/care"],
        ["agent.fraud", "publishes approval.required"],
        ["service.reviews", "asks people about review/fraud"],
    ]


def test_an_agent_that_publishes_a_type_twice_leads_to_both():
    """The second has its number at the end of its id."""
    lines = drawn(
        record(1, "agent.fraud", "published", action="payment.approved"),
        record(2, "agent.fraud", "published", action="payment.approved"),
        record(3, "service.context", "projected", CHILD, action="the first"),
        record(4, "service.context", "projected", f"{CHILD}:2", action="the second"),
    )
    assert [line.split("  ")[-1] for line in lines[1:]] == [
        "publishes payment.approved",
        "puts the first on the timelines",
        "publishes payment.approved",
        "puts the second on the timelines",
    ]


def test_what_told_people_hangs_below_the_service_announcement():
    asked = f"agent.fraud:approval.required:{FIRST}"
    lines = drawn(
        record(1, "service.reviews", "asked", asked),
        record(2, "service.reviews", "published", asked, action="review.opened"),
        record(3, "connector.slack", "effected", f"review.service:review.opened:{asked}", action="slack:message.post"),
    )
    assert [line.split("  ")[-1] for line in lines[2:]] == ["publishes review.opened", "has done slack message.post"]
    assert lines[3].index(" ms") > lines[2].index(" ms")


def test_no_made_up_tree_is_too_deep_to_show_what_was_done_at_its_end():
    """A thousand levels of events that an agent says that it published, and one effect below them."""
    levels, event = [], FIRST
    for _ in range(1000):
        levels.append(record(1, "agent.x", "published", event, action="a", id=str(len(levels))))
        event = f"agent.x:a:{event}"
    lines = drawn(*levels, record(2, "connector.stripe", "effected", event, action="stripe:refund.create"), width=80)
    assert any("connector.stripe" in line for line in lines)


def test_many_events_that_nobody_handled_are_drawn_soon():
    """Each is looked for once."""
    records = [record(1, "agent.x", "published", action="a", id=str(number)) for number in range(3000)]
    assert len(drawn(*records)) == 3001


def test_two_identities_that_give_their_records_one_id_are_not_mixed_up():
    lines = drawn(
        record(1, "agent.fraud", "published", action="payment.approved", id="same"),
        record(2, "service.context", "projected", CHILD, action="payment.approved", id="same"),
    )
    assert len(lines) == 3


def test_what_a_person_decided_leads_to_what_was_done():
    """Below the approval that was enough, not the one before it."""
    asked = f"agent.fraud:approval.required:{FIRST}"
    lines = drawn(
        record(1, "service.reviews", "approved", asked, decision="ada", action="it", reason="1 of 2"),
        record(2, "service.reviews", "approved", asked, decision="bob", action="it", reason="enough"),
        record(3, "connector.stripe", "effected", f"review.service:review.approved:{asked}", action="it"),
    )
    assert [line.split("  ")[-1] for line in lines[1:]] == [
        "takes the yes of ada to it (1 of 2)",
        "takes the yes of bob to it (enough)",
        "has done it",
    ]
    assert lines[3].index(" ms") > lines[2].index(" ms") == lines[1].index(" ms")


def test_what_nothing_here_explains_is_drawn_too():
    """A record that names another event, or none."""
    lines = drawn(record(1, "webhook.stripe", "published"), record(2, "agent.fraud", "failed", "somebody's:event"))
    assert any("agent.fraud  fails" in line for line in lines)


def test_what_a_step_cost_is_shown():
    """Whatever a record holds beside what all of them hold."""
    assert drawn(record(1, "connector.bedrock", "effected", usd="0.002", tokens=812))[1].endswith(
        "tokens 812 usd 0.002"
    )


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
