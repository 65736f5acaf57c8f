"""`hookline explain`: what an agent was told, what it asked, what it decided, and who decided."""

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from hookline.__main__ import hookline
from hookline.console.app import build
from hookline.console.pages import events
from hookline.operator import account as accounts
from hookline.operator import trail as trails
from hookline.operator.errors import OperatorError
from hookline.operator.records import explain as module
from hookline.operator.records import stored as stored_records
from hookline.operator.records.explain import explained, prompt_file
from infra.interpreters import ROOT
from tests.unit.console.conftest import ORIGIN, SESSION
from tests.unit.operator.records.conftest import charge

EVENT = "stripe:evt_kit_1"
PROMPT = "functions/agents/summarizer/prompt.md"


class OnTrail:
    """A trail on which each tree has one record, at a time, or none."""

    def __init__(self, at=""):
        self.at = at

    def has_tree(self, correlation):
        return True

    def of_correlation(self, correlation):
        return [{"at": self.at}] if self.at else []


@pytest.fixture
def command(stored, monkeypatch):
    found = stored(charge())
    monkeypatch.setattr(accounts, "account", lambda aws: SimpleNamespace(client=lambda name: None))
    monkeypatch.setattr(trails, "Trail", lambda dynamodb: OnTrail("2026-09-21T14:15:00.000000Z"))
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


def test_the_console_shows_the_same(command, monkeypatch):
    """Of a real record, which has only the fields that it needs."""
    monkeypatch.setattr(events, "Trail", trails.Trail)
    monkeypatch.setattr(events, "records", stored_records.records)
    client = TestClient(build(lambda: SimpleNamespace(client=str), SESSION, lambda: 0.0), base_url=ORIGIN)
    client.cookies.set(SESSION.cookie, SESSION.secret)
    shown = client.get("/events/explain", params={"id": EVENT}).text
    assert "stripe charge.retrieve" in shown and "fraud-reads-the-charge" in shown
    assert "payment.approved" in shown and "held from 0.5" in shown


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
        def of_tree(self, correlation, event, days):
            (run,) = payments(charge())
            sha256 = hashlib.sha256((ROOT / PROMPT).read_bytes()).hexdigest()
            decisions = [{"by": "rule", "prompt": sha256, "cause": "the model cannot be reached"}]
            return [replace(run, record={**run.record, "agent": "summarizer", "decisions": decisions})]

    (run,) = explained(Stored(), OnTrail(), EVENT)
    (decided,) = run["decided_by"]
    assert (decided["by"], decided["prompt_file"]) == ("rule", PROMPT)
    with pytest.raises(OperatorError):
        explained(Stored(), OnTrail(), EVENT, agent="fraud")


def test_only_the_days_that_the_trail_names_are_looked_at(stored, monkeypatch):
    """And those beside them; a tree that the trail does not know is looked for on all days."""
    found, listed = stored(charge()), []
    keys = found._keys  # noqa: SLF001 - the one door to what is listed
    monkeypatch.setattr(found, "_keys", lambda within: listed.append(within.split("/")[1]) or keys(within))
    days = {"2026-09-20", "2026-09-21", "2026-09-22"}
    assert len(explained(found, OnTrail("2026-09-21T23:59:00.000000Z"), EVENT)) == 1
    assert set(listed) == days
    with pytest.raises(OperatorError):
        explained(found, OnTrail("2026-11-21T00:00:00.000000Z"), EVENT)
    assert len(explained(found, OnTrail(), EVENT)) == 1
