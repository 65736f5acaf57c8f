"""`hookline explain`: what an agent was told, what it asked, what it decided, and who decided."""

import hashlib
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from hookline.__main__ import hookline
from hookline.operator import account as accounts
from hookline.operator.errors import OperatorError
from hookline.operator.records import explain as module
from hookline.operator.records import stored as stored_records
from hookline.operator.records.explain import explained, prompt_file
from infra.interpreters import ROOT
from tests.unit.operator.records.conftest import charge

EVENT = "stripe:evt_kit_1"
PROMPT = "functions/agents/summarizer/prompt.md"


@pytest.fixture
def command(stored, monkeypatch):
    found = stored(charge())
    monkeypatch.setattr(accounts, "account", lambda aws: None)
    monkeypatch.setattr(stored_records, "records", lambda account: found)
    return lambda *words: CliRunner().invoke(hookline, ["explain", *words])


def test_a_decision_is_explained_with_its_event_calls_policies_and_outcome(command):
    lines = command(EVENT).stdout.splitlines()
    assert lines[0] == f"agent fraud on payment.succeeded {EVENT}, 2026-09-21T14:15:00.010000Z"
    assert lines[1].startswith('  event  stripe:charge/ch_3PExample from webhook.stripe: {"charge": "ch_3PExample"')
    assert (
        lines[2]
        == "  call   stripe charge.retrieve on stripe:charge/ch_3PExample, permit by fraud-reads-the-charge, 20 ms"
    )
    assert '"receipt_email": "[e-mail]"' in lines[4]
    assert lines[-1].startswith('  made   Emit payment.approved {"type": "payment.approved"')
    assert lines[-1].endswith("(no signal), held from 0.5")


def test_as_json_everything_on_record_is_there(command):
    (run,) = json.loads(command(EVENT, "--json").stdout)["runs"]
    assert run["calls"][0]["answer"]["amount"] == 500
    assert (run["tries"], run["published"], run["error"]) == (1, ["payment.approved"], None)


def test_without_a_record_it_says_what_is_needed(command, stored):
    for words in (["stripe:evt_other"], [EVENT, "--agent", "watch"], [EVENT, "--event", "stripe:evt_2"]):
        said = str(command(*words).exception)
        assert "there is no recorded run" in said and "recorded=Recorded()" in said


def test_a_prompt_is_found_by_its_hash_as_it_is_now_or_in_git(monkeypatch):
    content = (ROOT / PROMPT).read_bytes()
    assert prompt_file("summarizer", hashlib.sha256(content).hexdigest()) == PROMPT
    old = {"log": b"abcdef0123456789\n", "show": b"an older prompt"}
    monkeypatch.setattr(module, "_git", lambda command, *_: old[command])
    assert prompt_file("summarizer", hashlib.sha256(b"an older prompt").hexdigest()) == f"abcdef012345:{PROMPT}"
    assert prompt_file("summarizer", "0" * 64) == ""


def test_who_decided_and_with_which_prompt_is_named(payments):
    class Stored:
        def of_tree(self, correlation, event):
            (run,) = payments(charge())
            sha256 = hashlib.sha256((ROOT / PROMPT).read_bytes()).hexdigest()
            decisions = [{"by": "rule", "prompt": sha256, "cause": "the model cannot be reached"}]
            return [replace(run, record={**run.record, "agent": "summarizer", "decisions": decisions})]

    (run,) = explained(Stored(), EVENT)
    (decided,) = run["decided_by"]
    assert (decided["by"], decided["prompt_file"]) == ("rule", PROMPT)
    with pytest.raises(OperatorError):
        explained(Stored(), EVENT, agent="fraud")
