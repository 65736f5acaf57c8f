"""What a provider sent, where it is kept."""

import json
from types import SimpleNamespace

import pytest

from functions.core.ingress.bodies import Bodies
from hookline.cli.commands.events import _print_raw
from hookline.operator import raw_body
from hookline.operator.records.stored import Run
from infra import naming

BUCKET = naming.bodies_bucket("123456789012", "us-east-1")


@pytest.fixture
def account(moto_client, s3, monkeypatch):
    """An account with a bucket of bodies, and records of the run about stripe:evt_2."""
    s3.create_bucket(Bucket=BUCKET)
    event = {"id": "stripe:evt_2", "correlationid": "stripe:evt_2", "raw": {"type": "t", "body": {"id": "[redacted]"}}}
    runs = {"stripe:evt_2": [Run({"event": event})]}
    stored = SimpleNamespace(of_tree=lambda correlation, event: runs.get(event, []))
    monkeypatch.setattr(raw_body.stored, "records", lambda account: stored)
    return SimpleNamespace(client=moto_client)


def test_a_large_body_comes_from_the_bucket_as_it_was_sent(account, s3):
    """By the key that the verifier gives it."""
    Bodies(s3, BUCKET).keep("stripe:evt_1", {"text": "ü"})
    found = raw_body.find(account, "stripe:evt_1")
    assert (found["kept"], found["body"], found["cut"]) == ("bodies", {"text": "ü"}, False)


def test_one_over_the_limit_is_cut_and_says_so(account, s3):
    Bodies(s3, BUCKET).keep("stripe:evt_1", "x" * raw_body.LARGEST)
    found = raw_body.find(account, "stripe:evt_1")
    assert (found["cut"], len(found["body"])) == (True, raw_body.LARGEST)


@pytest.mark.parametrize("content", [b"[" * 200_000, b"{", b"\xff"])
def test_what_is_no_json_is_text(account, s3, content):
    s3.put_object(Bucket=BUCKET, Key="events/stripe:evt_1.json", Body=content)
    assert isinstance(raw_body.find(account, "stripe:evt_1")["body"], str)


def test_a_recorded_agents_event_comes_redacted_from_its_record(account):
    found = raw_body.find(account, "stripe:evt_2")
    assert (found["kept"], found["body"]) == ("records", {"id": "[redacted]"})


def test_what_is_kept_nowhere_says_where_it_lies(account):
    """The archive has it and cannot be read."""
    found = json.loads(json.dumps(raw_body.find(account, "stripe:evt_3", "stripe:evt_4")))
    assert (found["event"], found["kept"], found["body"]) == ("stripe:evt_4", "", None)
    assert "the archive holds it for 90 days" in found["why"]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"kept": "bodies", "body": {"a": 1}}, ["as it was sent, from the bucket of bodies", "{", '  "a": 1', "}"]),
        ({"kept": "records", "body": "x", "cut": True}, ["redacted, from the record of a run; the rest is cut", "x"]),
        ({"why": "no reason"}, ["the raw body of e is not kept: no reason"]),
    ],
)
def test_the_command_prints_it_line_by_line(capsys, kept, said):
    _print_raw({"event": "e", "kept": "", "body": None, "cut": False, "why": "", **kept})
    assert capsys.readouterr().out.splitlines() == said
