"""An agent that waits: what wakes it, whose limits it has, how a wait ends, and that nothing is lost or doubled."""

from dataclasses import replace
from pathlib import Path

import pytest

from functions.api.agent import ApprovalRequired, Done, Emit, WaitFor
from functions.core.events.event import child_id
from hookline.testing.kit import Kit, delivery, event
from tests.planted import planted

HOUR, DAY = 3600, 24 * 3600
CHARGE, OTHER, CUSTOMER = "stripe:charge/ch_1", "stripe:charge/ch_2", "stripe:customer/cus_1"
PAID = event("payment.succeeded", charge="ch_1", entities=[CHARGE, CUSTOMER])
DISPUTED = event("payment.disputed", charge="ch_1", entities=[CHARGE])
HELD = Emit("payment.held", {"charge": "ch_1", "score": 0.5, "reasons": ["nobody disputed it"]})
OPENED = delivery("github", "pull_request_opened__ordinary", set={"pull_request.title": "wait briefly"})
ENDED = ["agent.keeper published payment.held"]


@pytest.fixture(scope="module", autouse=True)
def planted_keeper():
    with planted(Path(__file__).parent / "waiting"):
        yield


def waiting(event="payment.disputed", entity=CHARGE, until=2 * HOUR, otherwise=HELD, note=None):
    return WaitFor(event, entity, until, otherwise, note or {})


@pytest.fixture
def keeper(monkeypatch):
    """A kit whose agent returns `first` where nothing is waited for, and does `then` where something is."""
    with Kit("keeper", answers={"stripe.charge.retrieve": {"id": "ch_1"}}) as kit:
        kit.first, kit.then = waiting(), lambda event, tools: Done("it came")
        act = lambda event, tools: kit.then(event, tools) if tools.waited else kit.first  # noqa: E731 - one expression
        monkeypatch.setattr("functions.agents.keeper.agent.act", act)
        kit.check_used = lambda: None
        yield kit


def ends(kit, result):
    """The kinds of outcome of a result, one letter each."""
    return [type(one).__name__ for one in result.outcomes]


def test_the_next_matching_event_wakes_the_agent_with_its_note(keeper):
    """With what woke it first, and when it began to wait; what it does then is an agent's usual run."""
    seen = []
    keeper.first = waiting(note={"step": 1})
    keeper.then = lambda event, tools: seen.append((event.type, tools.waited)) or HELD
    first = keeper.wake(PAID)
    keeper.move_time(HOUR)
    result = keeper.wake(DISPUTED)
    ((type, waited),) = seen
    assert (type, waited.note, waited.type, waited.entity) == ("payment.disputed", {"step": 1}, type, CHARGE)
    assert (waited.event.id, waited.event.data["charge"]) == (first.event.id, "ch_1")
    assert (result.status, result.types) == ("handled", ["payment.held"])
    assert result.published[0].causationid == result.event.id
    assert keeper.move_time(3 * HOUR).published == ()


def test_both_trees_say_what_a_wait_waited_for(keeper):
    """Each names the event and the tree of the other."""
    first, second = keeper.wake(PAID), keeper.wake(DISPUTED)
    one, other = first.event, second.event
    said = {record["kind"]: record for record in second.records if record["kind"] in ("resumed", "matched")}
    assert (said["resumed"]["event"], said["resumed"]["correlation"]) == (other.id, other.id)
    assert said["resumed"]["reason"] == f"it waited since {one.id} in tree {one.id}"
    assert (said["matched"]["event"], said["matched"]["correlation"]) == (one.id, one.id)
    assert said["matched"]["reason"] == f"by {other.id} in tree {other.id}"


def test_what_nothing_waits_for_wakes_nobody_and_is_one_record(keeper):
    """Before a wait, after its match, for another entity or another tenant's: it is neither an error nor a run."""
    tenants = event("payment.disputed", entities=[f"{CHARGE.replace('charge', 'charge@acct_2')}"])
    results = [keeper.wake(DISPUTED)]
    keeper.wake(PAID)
    results += [keeper.wake(event("payment.disputed", entities=[OTHER])), keeper.wake(tenants)]
    assert ends(keeper, keeper.wake(DISPUTED)) == ["Done"]
    results.append(keeper.wake(DISPUTED))
    for result in results:
        assert (result.status, result.outcomes) == ("handled", ())
        assert result.steps() == ["agent.keeper passed payment.disputed"]


def test_a_wait_that_ends_unmatched_does_what_it_declared_once(keeper):
    """Under the tree and the grant of the event that waited, and what comes later is too late."""
    first = keeper.wake(PAID)
    assert keeper.move_time(2 * HOUR - 5).published == ()
    result = keeper.move_time(10)
    (held,) = result.published
    wait = child_id(first.event.id, "agent.keeper", "wait.expired")
    assert (held.type, held.causationid, held.grant) == ("payment.held", wait, first.event.grant)
    assert (held.correlationid, held.hops) == (first.event.id, 1)
    assert keeper.wake(DISPUTED).steps() == ["agent.keeper passed payment.disputed"]
    assert keeper.move_time(DAY).records == ()


def test_a_person_can_be_asked_when_nothing_comes():
    """The wait of the example that the parity test runs too."""
    with Kit("waiter") as kit:
        assert kit.wake(OPENED).published == ()
        (asked,) = kit.move_time(60).asked
    assert (asked.question, asked.evidence) == ("Nobody pushed. Close it?", {"title": "wait briefly"})


def test_a_copy_of_either_event_does_nothing_more(keeper):
    """Of the one that waits, after the match too; and of the one that came."""
    first, second = keeper.wake(PAID), keeper.wake(DISPUTED)
    for one in (first, second):
        assert keeper.wake(one.event).steps() == [f"agent.keeper duplicate {one.event.type}"]
    assert keeper.move_time(3 * HOUR).published == ()


def test_what_came_before_the_waiting_event_does_not_match(keeper):
    """However late it is handled: it is not the next."""
    late = keeper.wake(DISPUTED).event
    keeper.wake(PAID)
    later = replace(late, id="stripe:evt_late", receivedat="2020-01-01T00:00:00.000000Z")
    result = keeper.wake(later)
    assert (result.outcomes, result.records[-1]["reason"]) == ((), "nothing waits for it")
    assert ends(keeper, keeper.wake(DISPUTED)) == ["Done"]


def test_a_connector_needs_both_grants_to_name_the_entity(keeper):
    """Neither the entities of what came alone, nor those of what waited alone; those of both are allowed."""
    keeper.first = waiting("payment.failed", CUSTOMER)
    tried = {}

    def look(event, tools):
        for charge in ("ch_1", "ch_2", "ch_3"):
            try:
                tried[charge] = tools.stripe.charge_retrieve(charge=charge)["id"]
            except Exception as error:  # noqa: BLE001 - what it says is compared
                tried[charge] = str(error)
        return HELD

    keeper.then = look
    keeper.wake(event("payment.succeeded", entities=[CUSTOMER, CHARGE, "stripe:charge/ch_3"]))
    result = keeper.wake(event("payment.failed", entities=[CUSTOMER, OTHER, "stripe:charge/ch_3"]))
    assert tried == {
        "ch_1": "the grant does not name stripe:charge/ch_1",
        "ch_2": "the grant does not name stripe:charge/ch_2",
        "ch_3": "ch_1",
    }
    assert "+" in result.published[0].grant


def test_a_type_that_is_subscribed_too_ends_the_wait_first_and_then_wakes_as_usual(keeper):
    """Two runs of one event, and their events have ids of their own."""
    keeper.first = [HELD, waiting("payment.failed", CUSTOMER)]
    keeper.then = lambda event, tools: replace(HELD, why=tools.waited.entity)
    keeper.wake(PAID)
    result = keeper.wake(event("payment.failed", entities=[CUSTOMER]))
    assert [one["reason"] for one in result.records if one["decision"] == "Emit"] == [CUSTOMER, ""]
    assert len({one.id for one in result.published}) == 2
    assert sum(one["decision"] == "WaitFor" for one in result.records) == 1


def test_one_event_ends_every_wait_for_it_the_oldest_first(keeper):
    """Each in a run of its own."""
    seen = []
    keeper.then = lambda event, tools: seen.append(tools.waited.event.data["charge"]) or HELD
    for charge in ("ch_8", "ch_9"):
        keeper.wake(event("payment.succeeded", charge=charge, entities=[CHARGE]))
        keeper.move_time(60)
    result = keeper.wake(DISPUTED)
    assert seen == ["ch_8", "ch_9"]
    assert len({one.id for one in result.published}) == 2


def test_an_agent_can_wait_again_under_the_limits_of_all_grants(keeper):
    """What it publishes at the end carries them."""
    keeper.then = lambda event, tools: waiting(until=600)
    first, second = keeper.wake(PAID), keeper.wake(DISPUTED)
    (held,) = keeper.move_time(700).published
    assert held.grant == f"{second.event.grant}+{first.event.grant}"
    assert held.correlationid == second.event.id


REFUSED = {
    "a type that is not declared": (waiting("payment.refunded"), "Denied", "does not declare that it waits"),
    "an entity of no grant": (waiting(entity=OTHER), "Denied", "the grant does not name that entity"),
    "no time": (waiting(until=0), "PermanentError", "seconds from 1 to 345600"),
    "too long": (waiting(until=5 * DAY), "PermanentError", "seconds from 1 to 345600"),
    "half a second": (waiting(until=1.5), "PermanentError", "seconds from 1 to 345600"),
    "a wait after a wait": (waiting(otherwise=waiting()), "PermanentError", "and no WaitFor"),
    "no outcome": (waiting(otherwise="Done"), "PermanentError", "an outcome such as Done"),
    "what it may not publish": (waiting(otherwise=Emit("payment.approved", {})), "Denied", "payment.approved"),
    "data that fits no event": (
        waiting(otherwise=Emit("payment.held", {})),
        "PermanentError",
        "charge: Field required",
    ),
    "a note that is no JSON": (waiting(note={"a": object()}), "PermanentError", "note cannot be kept as JSON"),
    "a note that is too long": (waiting(note={"a": "a" * 16_000}), "PermanentError", "at most 16000"),
    "another type's question": (
        waiting(otherwise=ApprovalRequired(None, 3, {})),
        "PermanentError",
        "question: Input should be a valid string",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wait_that_could_not_end_well_is_refused_at_once(keeper, what):
    """With the reason, and not days later; nothing waits then."""
    keeper.first, kind, reason = REFUSED[what]
    result = keeper.wake(PAID)
    assert result.status == "dead-lettered"
    assert result.reason.startswith(f"{kind}: ") and reason in result.reason
    assert keeper.wake(DISPUTED).steps() == ["agent.keeper passed payment.disputed"]


STEPS = {
    "wait": lambda kit: kit.wake(PAID),
    "match": lambda kit: kit.wake(DISPUTED),
    "time-out": lambda kit: kit.move_time(1500),
}


def played(step, number=None, where="before"):
    """What came of a wait whose `step` dies at a call: the result of the step, of all steps, and of the time after."""
    with Kit("keeper") as kit:
        results = {}
        for one in ("wait", *(["match"] if step == "wait" else []), *([step] if step != "wait" else [])):
            if one == step and number is not None:
                kit.crash(**{where: number})
            results[one] = STEPS[one](kit)
        return results[step], [*results.values(), kit.move_time(3000)]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("where", ["before", "after"])
def test_a_crash_at_any_call_of_a_wait_loses_and_doubles_nothing(keeper, step, where):
    """Of the event that waits, of the one that comes, or of the timer: one end, and its event once."""
    keeper.first, keeper.then = waiting(until=600), lambda event, tools: replace(HELD, why="it came")
    calls = len(played(step)[0].calls)
    assert calls > 5
    wrong = {}
    for number in range(calls):
        _, results = played(step, number, where)
        ends = {(one.id, one.causationid) for result in results for one in result.published}
        whys = {one["reason"] for result in results for one in result.records if one["decision"] == "Emit"}
        whole = (len(ends), whys, {one.status for one in results[:-1]})
        if whole != (1, {"" if step == "time-out" else "it came"}, {"handled"}):
            wrong[number] = whole
    assert wrong == {}
