"""Dead letters that nobody needs are deleted: shown first, and on record."""

import json

import pytest

from functions.core.platform.canonical import digest
from functions.core.platform.errors import RetryableError
from hookline.operator import dead_letters
from hookline.operator.errors import OperatorError
from tests.unit.operator.dead_letters.queues import DEAD, REASON, Account, left, put, put_letters, run


def test_letters_are_deleted_and_each_is_on_record(account, trail):
    put_letters(account, "stripe:evt_1", "stripe:evt_2")
    done = run("discard", "fraud", "--all", *REASON, typed="y\n")
    assert done.exit_code == 0
    assert "stripe:evt_1" in done.output and done.output.endswith("2 dead letters discarded\n")
    assert left(account) == []
    one, two = trail()
    assert {one["kind"], two["kind"]} == {"discarded"} and one["reason"] == "a test of last week"
    assert (one["event"], one["correlation"]) == ("stripe:evt_1", "stripe:evt_0")
    assert one["resource"].startswith(f"{DEAD}/") and one["who"].startswith("arn:aws:sts::")
    body = json.dumps({"detail": {"id": "stripe:evt_1", "correlationid": "stripe:evt_0"}})
    assert one["digests"] == {"message": digest(body.encode())}


def test_one_letter_is_discarded_by_its_id(account, trail):
    put_letters(account, "stripe:evt_1", "stripe:evt_2")
    (id,) = [one.id for one in dead_letters.of_agent(account, "fraud") if one.event == "stripe:evt_1"]
    assert run("discard", "fraud", "--id", id, *REASON, "--yes").exit_code == 0
    assert left(account) == ["stripe:evt_2"]
    (record,) = trail()
    assert record["resource"].endswith(id)


def test_nothing_is_discarded_before_the_operator_says_yes(account, trail):
    put_letters(account, "stripe:evt_1")
    refused = run("discard", "fraud", "--all", *REASON, typed="n\n")
    assert str(refused.exception) == "nothing was discarded"
    assert (left(account), trail()) == (["stripe:evt_1"], [])


def test_what_comes_after_it_was_shown_is_not_discarded(account, trail):
    """Nobody looked at it."""
    put_letters(account, "stripe:evt_1")
    shown = dead_letters.of_agent(account, "fraud")
    put_letters(account, "stripe:evt_2")
    assert list(dead_letters.discard(account, shown, "a test")) == []
    assert left(account) == ["stripe:evt_2"]


def test_nothing_is_discarded_that_cannot_be_put_on_record(account, monkeypatch):
    put_letters(account, "stripe:evt_1")

    def full(*_):
        raise RetryableError("the audit queue cannot be reached")

    monkeypatch.setattr(dead_letters, "record_actions", full)
    failed = run("discard", "fraud", "--all", *REASON, "--yes")
    assert isinstance(failed.exception, RetryableError)
    assert left(account) == ["stripe:evt_1"]


def test_a_letter_that_cannot_be_deleted_is_named_here_and_on_record(account, trail, monkeypatch, client_error):
    """One is refused, one has been deleted; the third is still discarded."""
    put_letters(account, "stripe:evt_1", "stripe:evt_2", "stripe:evt_3")
    listed = dead_letters.of_agent(account, "fraud")
    ids = {letter.event: letter.id for letter in listed}
    assert len(list(dead_letters.redrive(account, ids["stripe:evt_2"]))) == 1
    sqs = account.client("sqs")
    delete = sqs.delete_message
    refused = iter([client_error("AccessDenied")])

    def refuses_one(**words):
        if error := next(refused, None):
            raise error
        return delete(**words)

    monkeypatch.setattr(sqs, "delete_message", refuses_one)
    monkeypatch.setattr(account, "client", lambda service: sqs if service == "sqs" else Account().client(service))
    monkeypatch.setattr(dead_letters, "of_agent", lambda *_: listed)
    failed = run("discard", "fraud", "--all", *REASON, "--yes")
    assert "1 dead letter discarded" in failed.output
    said = str(failed.exception)
    assert isinstance(failed.exception, OperatorError)
    assert f"{ids['stripe:evt_1']} (An error" in said and f"{ids['stripe:evt_2']} (not found" in said
    assert ids["stripe:evt_3"] not in said
    told = [(record["kind"], record["event"]) for record in trail()]
    assert told == [
        ("redriven", "stripe:evt_2"),
        *(("discarded", f"stripe:evt_{number}") for number in (1, 2, 3)),
        *(("failed", f"stripe:evt_{number}") for number in (1, 2)),
    ]


THERE = "hookline-addresses, hookline-agent-fraud, hookline-spill.fifo"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fraud", *REASON], "give one --id, or --all"),
        (["fraud", "--id", "1", "--all", *REASON], "give one --id, or --all"),
        (["fraud", "--all", "--reason", " "], "--reason is empty"),
        (["fraud", "--all", *REASON], "fraud has no dead letter"),
        (["fraud", "--id", "1", *REASON], "fraud has no dead letter 1"),
        (
            ["frod", "--all", *REASON],
            "there is no deployed agent, queue or source with quarantined bodies 'frod' (did you mean fraud?)",
        ),
    ],
)
def test_what_cannot_be_discarded_is_named_in_one_line(account, words, said):
    failed = run("discard", *words)
    assert isinstance(failed.exception, OperatorError)
    assert str(failed.exception) == said


def test_half_a_character_in_a_letter_keeps_nothing_off_the_record(account, trail):
    """The recorder would take a record that holds it for none of ours."""
    put(account, DEAD, json.dumps({"detail": {"id": "stripe:\ud800", "correlationid": "stripe:\ud800"}}))
    assert run("discard", "fraud", "--all", *REASON, "--yes").exit_code == 0
    (record,) = trail()
    assert (record["kind"], record["correlation"]) == ("discarded", "stripe:?")


def test_the_letters_of_any_queue_can_be_discarded(account, trail):
    """By the name that the list has."""
    put(account, "hookline-addresses-dead-letters", "{}")
    assert run("discard", "hookline-addresses", "--all", *REASON, "--yes").exit_code == 0
    assert json.loads(run("--json").stdout)["dead_letters"] == []
