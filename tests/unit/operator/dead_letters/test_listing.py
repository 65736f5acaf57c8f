"""Dead letters as an operator sees them: each with its event and its reason, and never with its grant."""

import json

import pytest
from click.testing import CliRunner

from hookline.__main__ import hookline
from hookline.operator import dead_letters
from tests.unit.operator.dead_letters.queues import DEAD, REASON, put, put_in_order, put_letters, run


def test_a_letter_is_listed_with_its_event_and_its_reason(account):
    """As its consumer said it."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "stripe:evt_1"}}', MessageAttributes=reason)
    (letter,) = dead_letters.letters(account)
    assert (letter.place, letter.event, letter.reason) == (
        "hookline-agent-fraud",
        "stripe:evt_1",
        "PermanentError: no",
    )


def test_a_letters_words_cannot_make_a_terminal_hide_others(account):
    """An agent names its own events."""
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "agent.x:a:\\u001b[2A\\u001b[2K"}}')
    output = CliRunner().invoke(hookline, ["dead-letters"], color=True).output
    assert ("agent.x:a:" in output, "\x1b" in output) == (True, False)


@pytest.mark.parametrize("body", ['{"detail": {"id": "stripe:evt_1"}}', "no JSON \x1b[2A"])
def test_as_data_a_letter_is_its_row_and_its_message(account, body):
    put(account, DEAD, body)
    ((row,),) = json.loads(run("--json").stdout).values()
    event = "stripe:evt_1" if "evt" in body else ""
    assert (row["place"], row["event"], row["reason"]) == ("hookline-agent-fraud", event, "failed 1 times; see the log")
    whole = json.loads(run("show", row["id"], "--json").stdout)
    message = json.loads(body) if event else body
    assert whole == {**row, "reason": whole["reason"], "message": message}
    assert "\x1b" not in run("show", row["id"]).output


def test_what_is_shown_of_a_letter_is_why_it_is_there_and_not_its_grant(account):
    """Connectors act on that."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    body = json.dumps({"detail": {"id": "stripe:evt_1", "grant": "a.token"}})
    put(account, DEAD, body, MessageAttributes=reason)
    (letter,) = dead_letters.of_agent(account, "fraud")
    shown = run("show", letter.id).output
    assert "PermanentError: no" in shown
    assert "a.token" not in shown + run("show", letter.id, "--json").stdout


def test_no_grant_of_a_spilled_event_is_shown(account, make_grant):
    """It is in JSON in JSON."""
    grant = make_grant("stripe:charge/ch_1")
    body = json.dumps({"Source": "webhook.stripe", "Detail": json.dumps({"grant": grant})})
    put_in_order(account, "hookline-spill-dead-letters.fifo", body)
    (letter,) = dead_letters.of_agent(account, "hookline-spill.fifo")
    for words in ((), ("--json",)):
        shown = run("show", letter.id, *words)
        assert shown.exit_code == 0
        assert not any(part in shown.output for part in grant.split("."))


def test_a_letter_nested_too_deep_is_listed_shown_and_discarded_like_others(account, trail):
    """An agent may send to its own queue: no letter of its making may hide the others."""
    put(account, DEAD, "[" * 100_000)
    put_letters(account, "stripe:evt_1")
    listed = json.loads(run("--json").stdout)["dead_letters"]
    assert sorted(letter["event"] for letter in listed) == ["", "stripe:evt_1"]
    deep = next(letter["id"] for letter in listed if not letter["event"])
    assert run("show", deep).exit_code == 0
    assert run("discard", "fraud", "--all", *REASON, "--yes").exit_code == 0
    assert dead_letters.of_agent(account, "fraud") == []
