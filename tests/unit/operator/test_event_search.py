"""The search over events: what is found, in which order and pages, and that it reads no more than it says."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from functions.core.audit.append import Tables
from functions.core.audit.chain import Head, link
from functions.core.audit.segments import segment_item
from hookline.operator import event_search
from hookline.operator.audit import listing, root
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.event_search import Wanted, search, wanted
from hookline.operator.event_trace import NoRecord, trace
from hookline.operator.overview import latency, per_minute
from hookline.operator.trail import Trail
from infra import naming
from tests.unit.fakes import NOW

STRIPE, GITHUB, AGENT, CONNECTOR = "webhook.stripe", "webhook.github", "agent.fraud", "connector.stripe"
TEXTS = ("event", "causation", "correlation", "action", "resource", "decision", "reason", "claimed")


class Here:
    """An account with DynamoDB alone, which counts the requests."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb, self._before = dynamodb, dynamodb.requests

    def client(self, service: str) -> Any:
        assert service == "dynamodb"
        return self._dynamodb

    @property
    def requests(self) -> int:
        return self._dynamodb.requests - self._before


@pytest.fixture
def here(dynamodb: Any, audit_tables: Tables, table: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Here:
    """An account with the tables of the trail and of the timelines, empty."""
    monkeypatch.setattr(naming, "TIMELINES_TABLE", table("timelines"))
    return Here(dynamodb)


def at(second: int) -> str:
    """A time so many seconds after noon."""
    return f"2026-09-21T12:{second // 60:02}:{second % 60:02}.000000Z"


def record(second: int, kind: str, event: str = "", **more: str) -> dict[str, Any]:
    """A record of a tree's first event."""
    texts = {**dict.fromkeys(TEXTS, ""), "event": event, "correlation": event, **more}
    return {"id": f"{kind} {event} {second}", "at": at(second), "kind": kind, "policies": [], "digests": {}, **texts}


def append(here: Here, identity: str, records: list[Mapping[str, Any]], together: int = 3) -> None:
    """Write a chain in segments of so many records."""
    dynamodb, head = here.client("dynamodb"), Head()
    dynamodb.put_item(TableName=naming.CHAINS_TABLE, Item={"chain": {"S": identity}})
    for start in range(0, len(records), together):
        some = [{**one, "identity": identity} for one in records[start : start + together]]
        end, linked = link(head, some)
        dynamodb.put_item(TableName=naming.AUDIT_TABLE, Item=segment_item(identity, head, linked, end))
        for tree in {one["correlation"] for one in some if one["correlation"]}:
            row = {"correlation": {"S": tree}, "segment": {"S": f"{identity}#{head.seq + 1}"}}
            dynamodb.put_item(TableName=naming.TREES_TABLE, Item=row)
        head = end


def deliveries(here: Here, many: int = 20) -> None:
    """Deliveries of Stripe, one each ten seconds; the agent decides on each, and acts on every fifth."""
    events = [f"stripe:evt_{n}" for n in range(many)]
    about = {"action": "payment.succeeded", "resource": "stripe:charge/ch_1"}
    append(here, STRIPE, [record(10 * n, "published", event, **about) for n, event in enumerate(events)])
    append(
        here, AGENT, [record(10 * n + 1, "decided", event, action="payment.approved") for n, event in enumerate(events)]
    )
    append(here, CONNECTOR, [record(10 * n + 2, "effected", events[n]) for n in range(0, many, 5)])


def found(here: Here, rows: int = 25, **fields: str) -> list[str]:
    """The ids of all events that fit, page by page."""
    page = search(here, Wanted(**fields), rows=rows)
    ids = [one["event"] for one in page["events"]]
    while page["more"]:
        page = search(here, Wanted(**fields), page["more"], rows=rows)
        ids += [one["event"] for one in page["events"]]
    return ids


def test_the_newest_come_first_and_each_once(here):
    """In one page or in several."""
    deliveries(here)
    everything = [f"stripe:evt_{n}" for n in reversed(range(20))]
    assert found(here) == everything
    assert found(here, rows=3) == everything


def test_chains_of_several_sources_are_merged_by_time(here):
    """Whichever source they are from."""
    for source, offset in ((STRIPE, 0), (GITHUB, 5)):
        name = source.partition(".")[2]
        append(here, source, [record(10 * n + offset, "published", f"{name}:{n}") for n in range(4)])
    assert found(here, rows=3) == [f"{name}:{n}" for n in (3, 2, 1, 0) for name in ("github", "stripe")]
    assert found(here, source="github") == [f"github:{n}" for n in (3, 2, 1, 0)]


def test_an_event_has_what_became_of_its_tree(here):
    """By the records of the identities that may say so."""
    deliveries(here)
    (row,) = search(here, Wanted(), rows=1)["events"]
    about = {"type": "payment.succeeded", "source": "stripe", "entity": "stripe:charge/ch_1", "reason": ""}
    assert row == {"event": "stripe:evt_19", "at": at(190), **about, "outcomes": ["handled"]}


@pytest.mark.parametrize("rows", [1, 2, 25])
def test_events_are_found_by_their_outcome(here, rows):
    """On the chains of those who record it."""
    deliveries(here)
    assert found(here, rows, outcome="acted") == [f"stripe:evt_{n}" for n in (15, 10, 5, 0)]
    assert found(here, rows, outcome="denied") == []
    assert found(here, rows, outcome="acted", type="another") == []


def test_an_outcome_of_another_identity_does_not_count(here):
    """An agent can write that it has effected something."""
    append(here, STRIPE, [record(0, "published", "stripe:evt_1")])
    append(here, AGENT, [record(1, "effected", "stripe:evt_1")])
    assert found(here, outcome="acted") == []


def test_deliveries_that_became_no_event_are_found_by_their_reason(here):
    """They have no tree."""
    rejected = record(5, "rejected", decision="StaleTimestamp", reason="300 s old")
    append(here, STRIPE, [record(0, "published", "stripe:evt_1"), rejected])
    (row,) = search(here, Wanted(outcome="rejected"))["events"]
    assert (row["event"], row["outcomes"], row["reason"]) == ("", ["rejected"], "StaleTimestamp: 300 s old")


@pytest.mark.parametrize(("since", "until"), [(0, 190), (35, 95), (40, 90), (191, 500), (0, 0), (300, 400)])
def test_times_bound_what_is_found(here, since, until):
    """Both ends belong to it; nothing later is read through for it."""
    deliveries(here)
    wanted_ids = [f"stripe:evt_{n}" for n in reversed(range(20)) if since <= 10 * n <= until]
    assert found(here, since=at(since), until=at(until)) == wanted_ids
    assert found(here, rows=2, since=at(since), until=at(until)) == wanted_ids


@pytest.mark.parametrize("together", [1, 3, 20])
def test_a_time_is_found_on_a_chain_by_halving_it(here, together):
    """Whatever the segments hold: few requests, and the first record that is later."""
    append(here, STRIPE, [record(n, "published", f"stripe:{n}") for n in range(20)], together)
    trail = Trail(here.client("dynamodb"))
    before = here.requests
    for second in range(-1, 21):
        later = at(second) if second >= 0 else "2026-09-21T11:00:00.000000Z"
        assert trail.first_after(STRIPE, later) == min(second + 2, 21)
    assert here.requests - before <= 22 * 7
    assert trail.first_after("agent.none", at(0)) == 1


def test_what_is_recent_on_a_chain_is_read_without_what_is_older(here):
    """The same records as of the whole chain from a time on, in a few requests, however long the chain is."""
    append(here, STRIPE, [record(n, "published", f"stripe:{n}") for n in range(20)])
    trail = Trail(here.client("dynamodb"))
    for second in (0, 7, 19, 20):
        whole = [one["seq"] for one in listing.chain(trail, STRIPE, at(second))]
        assert [one["seq"] for one in listing.recent(trail, STRIPE, at(second))] == whole == [*range(second + 1, 21)]
    assert len(list(listing.recent(trail, STRIPE, ""))) == 20
    with pytest.raises(UnknownName):
        listing.recent(trail, "agent.none", at(0))


def test_a_page_reads_the_same_however_long_the_chains_are(here):
    """The requests for the newest events do not grow."""
    deliveries(here, 30)
    before = here.requests
    search(here, Wanted(), rows=5)
    few, before = here.requests - before, here.requests
    append(here, GITHUB, [record(n, "published", f"github:{n}") for n in range(60)], together=1)
    before = here.requests
    search(here, Wanted(), rows=5)
    assert here.requests - before <= few + 1


def test_a_search_ends_and_says_how_far_it_read(here, monkeypatch):
    """A rare type is not looked for through the whole trail at once."""
    monkeypatch.setattr(event_search, "MOST_READ", 6)
    deliveries(here)
    page = search(here, Wanted(type="rare"))
    assert (page["events"], page["read"], page["read_to"]) == ([], 7, at(140))
    assert page["more"]
    monkeypatch.setattr(event_search, "MOST_READ", 5000)
    assert search(here, Wanted(), rows=25)["more"] is None


def test_the_deliveries_of_an_entity_are_found_on_its_timeline(here):
    """Newest first, without what agents published about it."""
    deliveries(here, 4)
    for n, (source, id) in enumerate(
        [("webhook.stripe", "stripe:evt_1"), ("agent.fraud", "a:1"), ("webhook.stripe", "stripe:evt_3")]
    ):
        entry = {"id": id, "type": "payment.succeeded", "source": source, "time": at(n), "data": {"n": n}}
        key = {"entity": {"S": "stripe:customer/cus_1"}, "at": {"S": f"{at(n)}#{id}"}}
        here.client("dynamodb").put_item(
            TableName=naming.TIMELINES_TABLE, Item={**key, "entry": {"S": json.dumps(entry)}}
        )
    assert found(here, rows=1, entity="stripe:customer/cus_1") == ["stripe:evt_3", "stripe:evt_1"]
    assert found(here, entity="stripe:customer/cus_2") == []


def test_wrong_names_and_places_are_refused(here):
    """With what to do; a place is of one search."""
    deliveries(here)
    with pytest.raises(UnknownName):
        search(here, Wanted(outcome="lost"))
    with pytest.raises(UnknownName):
        search(here, Wanted(source="strip"))
    more = search(here, Wanted(), rows=1)["more"]
    for wrong in (more + "x", "x", "e30=", more):
        with pytest.raises(OperatorError, match="begin again"):
            search(here, Wanted(type="another"), wrong)


def test_times_may_be_durations():
    """As people type them; other fields are taken as they are."""
    assert wanted({"since": "1h", "type": "a", "more": "x"}, NOW) == Wanted(
        type="a", since="2026-09-21T13:15:00.000000Z"
    )
    with pytest.raises(OperatorError):
        wanted({"until": "yesterday"}, NOW)


def test_a_tree_is_traced_in_causal_order_with_its_sentences(here):
    """Each step with the record it is by."""
    deliveries(here, 6)
    tree = trace(here, "stripe:evt_5")
    assert [one["identity"] for one in tree["steps"]] == [STRIPE, AGENT, CONNECTOR]
    assert [one["after_ms"] for one in tree["steps"]] == [0, 1000, 2000]
    assert tree["steps"][0]["says"] == "verified a delivery and published payment.succeeded about stripe:charge/ch_1"
    assert tree["outcomes"] == ["handled", "acted"]
    with pytest.raises(NoRecord):
        trace(here, "stripe:evt_99")


def test_a_tree_is_found_by_any_event_of_it(here, monkeypatch):
    """By that of an agent, of the review service, and by what the provider calls its own; the rest is not guessed."""
    opened, published = "review.service:review.approved:2", "agent.fraud:payment.approved:1"
    append(here, STRIPE, [record(0, "published", "stripe:evt_1"), record(1, "published", "stripe:evt_2")])
    caused = [record(n, "published", published, correlation="stripe:evt_1") for n in (3, 4)]
    append(here, AGENT, [*caused, record(5, "decided", "stripe:evt_2")])
    append(here, "service.reviews", [record(6, "published", opened, correlation="stripe:evt_1")])
    for given in (published, opened, "evt_1", "stripe:evt_1"):
        assert trace(here, given)["event"] == "stripe:evt_1", given
    assert (trace(here, opened)["asked"], trace(here, "evt_1")["asked"]) == (opened, "stripe:evt_1")
    for unknown in (
        "agent.fraud:payment.approved:2",
        "agent.none:a:1",
        "stripe:evt_3",
        "evt_3",
        "",
        ":",
        "github:evt_1",
    ):
        with pytest.raises(NoRecord):
            trace(here, unknown)
    monkeypatch.setattr(root, "MOST_READ", 2)
    before = here.requests
    with pytest.raises(NoRecord, match="newest 5,000 records"):
        trace(here, "agent.fraud:payment.approved:0")
    assert here.requests - before == 3  # the index of trees, the chains, and a page of the agent's chain


def test_events_are_counted_by_minute_and_timed_to_their_decision():
    """Only the minutes that are shown; a percentile is one of the values."""
    now = 1_790_000_100.0
    assert per_minute(["2026-09-21T14:14:30Z", "2026-09-21T14:13:30Z", "2026-09-21T10:00:00Z"], now)[-3:] == [0, 1, 1]
    published = {f"e{n}": at(0) for n in range(4)}
    decided = [{"kind": "decided", "event": f"e{n}", "at": at(n)} for n in range(5)]
    assert latency(published, decided) == {"p50": 1000, "p95": 3000, "decisions": 4}
    assert latency({}, []) == {"p50": None, "p95": None, "decisions": 0}
