"""Events: written for the bus, read from a rule's envelope, and followed by their children."""

import hashlib
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.core.events.event import LONGEST_ID, Event, child_id
from functions.core.platform.errors import PermanentError

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=50)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
REQUIRED = (
    "id source type subject time receivedat entities correlationid grant data dataschema hops".split()  # noqa: SIM905 - a list of words reads better so
)


def read(envelope) -> Event | None:
    """The event, or None where it was refused as it should be; any other error passes."""
    try:
        return Event.from_envelope(envelope)
    except PermanentError:
        return None


def test_an_event_is_read_from_the_bus_as_it_was_sent(make_event, envelope_of):
    """Writing and reading lose nothing."""
    event = make_event(hops=2, causationid="stripe:evt_0")
    assert Event.from_envelope(envelope_of(event)) == event


@given(junk=JSON)
@STABLE
def test_junk_for_an_envelope_is_permanent(junk):
    """Whatever a message holds, it either is an event or goes to the dead-letter queue at once."""
    assert read(junk) is None
    assert read({"detail": junk}) is None


@given(name=st.sampled_from([*REQUIRED, "raw", "causationid", "specversion", "other"]), junk=JSON)
@STABLE
def test_junk_in_a_field_is_an_event_or_permanent(make_event, envelope_of, name, junk):
    """No single field can raise anything else."""
    envelope = envelope_of(make_event())
    envelope["detail"][name] = junk
    assert read(envelope) is None or isinstance(read(envelope), Event)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_field_is_named(make_event, envelope_of, name):
    """The reason that goes with the dead letter says which one."""
    envelope = envelope_of(make_event())
    del envelope["detail"][name]
    with pytest.raises(PermanentError, match=name):
        Event.from_envelope(envelope)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_field_of_another_type_is_refused(make_event, envelope_of, name):
    """Its type is checked before anything relies on it."""
    envelope = envelope_of(make_event())
    envelope["detail"][name] = None
    with pytest.raises(PermanentError, match=f"{name} is a NoneType"):
        Event.from_envelope(envelope)


@pytest.mark.parametrize(
    "change", [{"entities": [7]}, {"raw": "text"}, {"causationid": 7}, {"hops": -1}, {"hops": 10**4000}], ids=str
)
def test_what_is_not_of_the_shape_all_the_way_down_is_refused(make_event, envelope_of, change):
    """An entity that is not text would fail a service on every attempt; hops below 0 would outlast any budget."""
    envelope = envelope_of(make_event())
    envelope["detail"].update(change)
    with pytest.raises(PermanentError):
        Event.from_envelope(envelope)


@pytest.mark.parametrize("change", [{"source": "webhook.github"}, {"detail-type": "payment.held"}, {"source": None}])
def test_a_detail_that_contradicts_its_envelope_is_refused(make_event, envelope_of, change):
    """IAM vouches for the envelope's source, not for the detail's."""
    with pytest.raises(PermanentError, match="its envelope names another"):
        Event.from_envelope({**envelope_of(make_event()), **change})


@given(data=st.dictionaries(st.text(max_size=8), JSON, max_size=3))
@example(data={"description": "a cut emoji \ud83d"})
@STABLE
def test_any_json_that_a_provider_can_send_travels(make_event, data):
    """JSON may escape half of a surrogate pair; what cannot be written as UTF-8 would never reach the bus."""
    detail = make_event(raw={"type": "charge.succeeded", "body": data}).to_entry("bus")["Detail"]
    assert json.loads(detail.encode())["raw"]["body"] == data


def test_the_entry_carries_what_rules_match_on(make_event):
    """Source and detail-type stand outside the detail as well."""
    entry = make_event().to_entry("hookline")
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "hookline",
        "webhook.stripe",
        "payment.succeeded",
    )


def child(event: Event, type: str = "payment.held", source: str = "agent.fraud") -> Event:
    return event.child(source=source, type=type, time="2026-09-21T13:36:00.000000Z", data={}, schema=f"{type}/1")


@given(id=st.text(min_size=1), hops=st.integers(0, 50))
@STABLE
def test_a_child_follows_from_its_parent(make_event, id, hops):
    """The same cause never makes two of them, and the grant is handed on as it is."""
    parent = make_event(id=id, hops=hops)
    made = child(parent)
    assert made == child(parent)
    assert (made.causationid, made.hops) == (parent.id, hops + 1)
    assert (made.grant, made.entities, made.correlationid, made.subject) == (
        parent.grant,
        parent.entities,
        parent.correlationid,
        parent.subject,
    )


def test_children_of_another_parent_type_or_agent_have_other_ids(make_event):
    """All three distinguish ids."""
    parent, other = make_event(), make_event(id="stripe:evt_2")
    made = [child(parent), child(other), child(parent, "payment.approved"), child(parent, source="agent.other")]
    assert len({event.id for event in made}) == 4


def test_a_childs_id_is_its_publisher_its_type_and_a_hash_of_its_cause():
    """Written out once: other programs may compute it."""
    text = '["stripe:evt_1","agent.fraud","payment.held",1]'
    expected = f"agent.fraud:payment.held:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    assert child_id("stripe:evt_1", "agent.fraud", "payment.held") == expected


def test_children_of_one_type_differ_by_their_number(make_event):
    ids = [child_id("stripe:evt_1", "agent.fraud", "payment.held", number) for number in (1, 2, 3)]
    assert len(set(ids)) == 3
    assert ids[0] == child(make_event()).id


def test_an_id_keeps_its_length_however_many_hops_there_are(make_event, envelope_of):
    """Each event of the chain can be read, also the one below the longest id that there may be."""
    event = make_event(id=f"stripe:{'x' * (LONGEST_ID - len('stripe:'))}")
    ids = []
    for _ in range(200):
        event = Event.from_envelope(envelope_of(child(event)))
        ids.append(event.id)
    assert {len(id) for id in ids} == {len("agent.fraud:payment.held:") + 32}
    assert (len(set(ids)), event.hops, event.causationid) == (200, 200, ids[-2])


def test_a_child_leaves_the_raw_body_behind(make_event):
    """What the provider sent is not repeated with every event that follows from it."""
    assert child(make_event()).raw is None


@pytest.mark.parametrize(
    ("source", "type", "id"),
    [
        ("webhook.stripe", "payment.succeeded", "github:evt_1"),
        ("agent.evil", "approval.required", child_id("stripe:evt_1", "agent.fraud", "approval.required")),
        ("agent.fraud", "payment.approved", child_id("stripe:evt_1", "agent.fraud", "payment.held")),
    ],
)
def test_nobody_can_give_an_event_an_id_that_is_anothers(make_event, envelope_of, source, type, id):
    """The other's own event would then be taken for a copy, and dropped."""
    with pytest.raises(PermanentError, match="does not begin as the ids of its source do"):
        Event.from_envelope(envelope_of(make_event(source=source, type=type, id=id)))


@pytest.mark.parametrize("field", ["id", "correlationid"])
@pytest.mark.parametrize("end", ["x" * 1024, "\U0001f4a3" * 256, "\ud800"], ids=["long", "bytes", "half"])
def test_an_id_that_fits_no_key_is_refused_at_once(make_event, envelope_of, field, end):
    """Its table would refuse it on every attempt."""
    with pytest.raises(PermanentError, match="an id is over 1024 bytes"):
        Event.from_envelope(envelope_of(make_event(**{field: f"stripe:{end}"})))
