"""Timelines: every event of an entity once, its aggregates, and the two ends that write and read them."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from functions.core.context import timeline
from functions.core.context.connector import MANIFEST
from functions.core.context.operations import LARGEST_LIMIT, TimelineReader
from functions.core.context.timeline import KEEP_SECONDS, Entry
from functions.core.events.event import child_id
from functions.core.platform.environment import ProjectorEnvironment
from functions.core.platform.errors import PermanentError, RetryableError
from hookline.operator.cost.meter import Meter, MeteredDynamoDB

ANNA = "stripe:customer/cus_anna"
READ = MANIFEST.operation("timeline.read")


def ids(read: dict) -> list[str]:
    return [entry["id"] for entry in read["entries"]]


def test_an_entry_reads_back_as_it_was_added(timelines, add):
    """With its type, its source, its time and its data."""
    add(amount=4200)
    assert timelines.read(ANNA, 10)["entries"] == [
        {
            "id": "evt_1",
            "type": "payment.succeeded",
            "source": "webhook.stripe",
            "time": "2026-09-21T12:00:01Z",
            "data": {"charge": "ch_1", "amount": 4200, "currency": "usd", "country": "US", "card": "fp_1"},
        }
    ]


def test_an_entry_that_comes_twice_counts_once(timelines, add):
    """In the list and in every aggregate."""
    assert [add(), add()] == [True, False]
    read = timelines.read(ANNA, 10)
    assert ids(read) == ["evt_1"]
    assert read["aggregates"]["count payment.succeeded"] == 1
    assert read["aggregates"]["sum payment.succeeded amount usd"] == 100


def test_an_entry_is_retried_when_another_writes_the_same_aggregates(timelines, dynamodb, add, monkeypatch):
    """DynamoDB cancels one of two transactions that meet at one item."""
    reasons = [{"Code": "None"}, {"Code": "None"}, {"Code": "None"}, {"Code": "TransactionConflict"}]
    error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}

    def cancel(**_):
        raise ClientError(error, "TransactWriteItems")

    with monkeypatch.context() as patch:
        patch.setattr(dynamodb, "transact_write_items", cancel)
        with pytest.raises(RetryableError, match="TransactionConflict"):
            add()
    assert add() is True


def test_aggregates_count_sum_and_collect(timelines, add):
    """Facets that an entry does not have are left out."""
    add(1, amount=100, country="US")
    add(2, amount=250, country="DE", card=None)
    assert timelines.read(ANNA, 10)["aggregates"] == {
        "count payment.succeeded": 2,
        "sum payment.succeeded amount usd": 350,
        "seen country": ["DE", "US"],
        "seen card": ["fp_1"],
    }


def test_aggregates_outlive_the_limit_of_what_is_read(timelines, add):
    """They are of the whole past."""
    for number in range(1, 5):
        add(number)
    read = timelines.read(ANNA, 1)
    assert (ids(read), read["aggregates"]["count payment.succeeded"]) == (["evt_4"], 4)


def test_the_newest_come_first(timelines, add):
    """In whatever order they arrived."""
    for number in (2, 3, 1):
        add(number)
    assert ids(timelines.read(ANNA, 10)) == ["evt_3", "evt_2", "evt_1"]
    assert ids(timelines.read(ANNA, 2)) == ["evt_3", "evt_2"]


def test_the_newest_come_first_within_a_second_too(timelines, add):
    """Sources write whole seconds and agents microseconds; both are RFC 3339."""
    add(1, time="2026-09-21T12:00:00Z")
    add(2, time="2026-09-21T12:00:00.500000Z")
    assert ids(timelines.read(ANNA, 10)) == ["evt_2", "evt_1"]


def test_entries_of_one_moment_are_all_kept(timelines, add):
    """The id distinguishes them."""
    add(1, time="2026-09-21T12:00:00Z")
    add(2, time="2026-09-21T12:00:00Z")
    assert sorted(ids(timelines.read(ANNA, 10))) == ["evt_1", "evt_2"]


def test_entities_have_timelines_of_their_own(timelines, add):
    """What happened to one says nothing of another."""
    add(1)
    add(1, entity="stripe:customer/cus_ben")
    add(2, entity="stripe:customer/cus_ben")
    assert ids(timelines.read(ANNA, 10)) == ["evt_1"]
    assert timelines.read("stripe:customer/nobody", 10) == {"entries": [], "complete": True, "aggregates": {}}


def test_entries_end_and_aggregates_stay(timelines, add, dynamodb):
    """Only entries carry the time at which DynamoDB removes them."""
    add()
    items = dynamodb.scan(TableName="timelines")["Items"]
    assert {item["at"]["S"].split()[0][:5]: item.get("expires") for item in items} == {
        "#aggr": None,
        "#tota": None,
        "#id": {"N": str(1000 + KEEP_SECONDS)},
        "2026-": {"N": str(1000 + KEEP_SECONDS)},
    }


def test_an_entry_leaves_behind_what_the_provider_sent_raw(make_event):
    """Only the typed data is kept."""
    event = make_event()
    entry = Entry.of(event)
    assert (entry.id, entry.type, entry.source, entry.time) == (event.id, event.type, event.source, event.time)
    assert (entry.data, hasattr(entry, "raw")) == (event.data, False)


def test_the_connector_reads_what_it_is_asked_for(timelines, add):
    """Fifty entries by default."""
    for number in range(1, 4):
        add(number)
    reader = TimelineReader(timelines)
    assert ids(reader.call(READ, {"entity": ANNA, "limit": 2}, None, 1)) == ["evt_3", "evt_2"]
    assert len(ids(reader.call(READ, {"entity": ANNA}, None, 1))) == 3


@pytest.mark.parametrize("limit", [0, -1, LARGEST_LIMIT + 1, "5", 1.5, None, [1]], ids=str)
def test_an_invalid_limit_is_permanent(timelines, limit):
    """It is the agent's word, so it is checked."""
    with pytest.raises(PermanentError, match="limit"):
        TimelineReader(timelines).call(READ, {"entity": ANNA, "limit": limit}, None, 1)


@pytest.fixture
def project(start, timelines, dynamodb, sqs, sqs_payload, envelope_of, lambda_context, grant_key, clock):
    """Hands events to the context service; returns its answer."""
    clock.now = 1790000000.0
    environment = ProjectorEnvironment("audit", "queue", "dead-letters", timelines_table="timelines", grant_key="key")
    handler = start(
        "functions.core.context.handlers.projector", environment, {"key": grant_key}, dynamodb=dynamodb, sqs=sqs
    )

    def hand(*events):
        bodies = [event if isinstance(event, str) else envelope_of(event) for event in events]
        return handler(sqs_payload(*bodies), lambda_context)["batchItemFailures"]

    return hand


def test_what_is_no_event_is_on_record_and_on_no_timeline(project, sqs):
    """On the context service's own chain."""
    assert project("junk") == []
    (record,) = sqs.audited
    assert (record["identity"], record["kind"]) == ("service.context", "rejected")


def test_the_context_service_puts_an_event_on_each_of_its_entities(project, timelines, make_event, sqs):
    """Once, however often it comes, and says so on the trail."""
    event = make_event({"amount": 4200})
    assert project(event, event) == []
    assert event.entities
    for entity in event.entities:
        read = timelines.read(entity, 10)
        assert (ids(read), read["aggregates"]["sum payment.succeeded amount usd"]) == ([event.id], 4200)
    assert [record["kind"] for record in sqs.audited] == ["projected", "projected"]


def test_an_agents_event_is_put_where_its_grant_allows_and_when_it_came(project, timelines, make_event, make_grant):
    """Its own word for time and entities would let it write anybody's past."""
    granted, foreign = ANNA, "stripe:customer/cus_ben"
    event = make_event(
        id=child_id("stripe:evt_1", "agent.fraud", "payment.approved"),
        source="agent.fraud",
        type="payment.approved",
        time="9999-01-01T00:00:00Z",
        entities=[granted, foreign],
        grant=make_grant(granted),
    )
    event = replace(event, data={"charge": "ch_1", "score": 0.1, "review_closed": True})
    assert project(event) == []
    assert timelines.read(foreign, 10)["entries"] == []
    (entry,) = timelines.read(granted, 10)["entries"]
    assert entry["time"].startswith("2026-09-21")


@pytest.mark.parametrize("source", ["review.service", "somebody.else"])
def test_an_event_of_a_source_that_is_not_heard_goes_to_the_dead_letters(project, timelines, make_event, sqs, source):
    """Its rule lets none in, and it goes by that no more than by any other word."""
    event = make_event(id=f"{source}:payment.succeeded:1", source=source)
    assert project(event) == []
    (letter,) = sqs.sent
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert reason == f"Denied: the context service does not subscribe to {source}"
    assert timelines.read(event.entities[0], 10)["entries"] == []


def test_a_reading_of_one_type_finds_it_behind_any_number_of_others(timelines, add):
    """Failed attempts must not push a customer's payments out of sight."""
    add(1)
    for second in range(30):
        failed = Entry(f"failed_{second}", "payment.failed", "webhook.stripe", f"2026-09-22T00:00:{second:02}Z", {})
        timelines.add(ANNA, failed, {}, [], now=1000)
    assert ids(timelines.read(ANNA, 5, "payment.succeeded")) == ["evt_1"]
    assert "evt_1" not in ids(timelines.read(ANNA, 5))


def test_an_event_that_comes_again_with_another_time_counts_once(timelines, add):
    """As what an agent says again after its audit queue failed."""
    assert (add(1), add(1, time="2026-10-01T00:00:00Z")) == (True, False)
    assert timelines.read(ANNA, 10)["aggregates"]["count payment.succeeded"] == 1


def test_the_context_service_puts_an_unknown_event_with_the_dead_letters(project, make_event, sqs):
    """No timeline holds a type that the catalogue lacks."""
    assert project(make_event(type="payment.invented")) == []
    assert len(sqs.sent) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"grant": "e30.AAAA"}, "the grant was not minted here"),
        ({"correlationid": "stripe:evt_2"}, "the grant belongs to another event"),
    ],
    ids=["an invalid grant", "a grant of another tree"],
)
def test_an_event_whose_grant_does_not_cover_it_is_on_no_timeline_and_on_record(
    project, timelines, make_event, sqs, changes, reason
):
    """With who said it."""
    event = make_event(**changes)
    assert project(event) == []
    assert [timelines.read(entity, 10)["entries"] for entity in event.entities] == [[]] * len(event.entities)
    (record,) = sqs.audited
    assert (record["kind"], record["reason"]) == ("denied", f"published by webhook.stripe: {reason}")


def test_the_values_of_a_facet_are_bounded_and_what_came_after_is_counted(timelines, add, monkeypatch):
    """An item holds 400 KB: one customer's cards must not end their timeline."""
    monkeypatch.setattr(timeline, "MOST_SEEN", 3)
    added = [add(number, card=f"fp_{number}") for number in range(1, 6)]
    assert (added, add(6, card="fp_1")) == ([True] * 5, True)
    read = timelines.read(ANNA, 10)
    assert (len(read["entries"]), read["aggregates"]["count payment.succeeded"]) == (6, 6)
    assert read["aggregates"]["seen card"] == ["fp_1", "fp_2", "fp_3"]
    assert (read["aggregates"]["more card"], read["aggregates"]["seen country"]) == (2, ["US"])


@pytest.mark.parametrize(("letter", "count"), [("x", 340_000), ("あ", 110_000)], ids=["latin", "kana"])
def test_an_entry_that_fits_in_an_item_is_whole(timelines, add, letter, count):
    """By its bytes of UTF-8; DynamoDB takes 400 KB."""
    add(text=letter * count)
    (entry,) = timelines.read(ANNA, 10)["entries"]
    assert (entry["data"]["text"], "left_out" in entry) == (letter * count, False)


@pytest.mark.parametrize(("letter", "kept"), [("x", 4000), ("あ", 1333), ("😀", 1000)])
def test_the_texts_of_a_large_entry_are_cut_by_their_bytes_and_that_is_said(timelines, add, letter, kept):
    """Its numbers and words are whole."""
    add(text=letter * 400_000, answers=[{"answer": letter * 400_000}], amount=7)
    (entry,) = timelines.read(ANNA, 10)["entries"]
    assert entry["data"]["text"] == entry["data"]["answers"][0]["answer"] == letter * kept
    assert (entry["data"]["amount"], entry["left_out"]) == (7, "the end of each text over 4000 bytes")


def test_fifty_long_answers_are_on_the_timeline(timelines, add):
    add(answers=[{"question": "q" * 480, "answer": "a" * 8000}] * 50)
    (entry,) = timelines.read(ANNA, 10)["entries"]
    assert [len(answer["answer"]) for answer in entry["data"]["answers"]] == [4000] * 50


def test_data_that_is_large_without_long_texts_is_left_out_and_that_is_said(timelines, add):
    add(numbers=[10**20] * 50_000)
    (entry,) = timelines.read(ANNA, 10)["entries"]
    assert (entry["data"], entry["left_out"]) == ({}, "the data, which is larger than 350000 bytes")


def test_an_answer_that_would_be_too_large_ends_early_and_says_so(timelines, add, monkeypatch):
    """Lambda answers at most 6 MB."""
    monkeypatch.setattr(timeline, "MOST_ANSWERED", 5_000)
    for number in range(1, 6):
        add(number, text="x" * 2_000)
    read = timelines.read(ANNA, 10)
    assert (ids(read), read["complete"]) == (["evt_5", "evt_4"], False)


def test_a_read_of_one_type_behind_many_others_ends_and_says_so(timelines, add, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_PAGES", 1)
    monkeypatch.setattr(timeline, "PAGE", 2)
    for number in range(1, 6):
        add(number)
    read = timelines.read(ANNA, 10, "payment.failed")
    assert (read["entries"], read["complete"]) == ([], False)
    assert timelines.read(ANNA, 2)["complete"]


def test_an_entry_whose_writer_died_after_counting_it_is_put_by_the_next_try(timelines, dynamodb, add, monkeypatch):
    """Under the time of the first try, and counted once."""

    def die(**_):
        raise RuntimeError("the process died")

    with monkeypatch.context() as patch:
        patch.setattr(dynamodb, "put_item", die)
        with pytest.raises(RuntimeError):
            add()
    assert ids(timelines.read(ANNA, 10)) == []
    assert add(time="2026-10-01T00:00:00Z") is False
    read = timelines.read(ANNA, 10)
    assert [entry["time"] for entry in read["entries"]] == ["2026-09-21T12:00:01Z"]
    assert read["aggregates"]["count payment.succeeded"] == 1


def test_a_copy_with_other_data_or_another_time_does_not_change_an_entry(timelines, add):
    add(amount=100)
    add(amount=999)
    add(amount=999, time="2026-10-01T00:00:00Z")
    assert [entry["data"]["amount"] for entry in timelines.read(ANNA, 10)["entries"]] == [100]


def test_an_entry_with_a_running_total_costs_seven_write_units(timelines, dynamodb, add, table):
    """Three writes in a transaction, which count twice, and one outside it."""
    meter = Meter()
    name = timelines._table
    schema = {"TableName": name, "KeySchema": [{"AttributeName": "entity"}, {"AttributeName": "at"}]}
    timelines._dynamodb = MeteredDynamoDB(dynamodb, {name: schema}, meter, "hookline-context")
    add()
    assert sum(amount for (unit, _, _), amount in meter.taken().items() if unit == "dynamodb.write") == 7
