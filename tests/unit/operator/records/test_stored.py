"""The records bucket: what is found in it, and what is deleted."""

import json

import pytest
from click.testing import CliRunner

from hookline.__main__ import hookline
from hookline.operator import account as accounts
from hookline.operator import operator_trail
from hookline.operator.errors import OperatorError
from hookline.operator.records import stored as module
from tests.unit.operator.records.conftest import BUCKET, charge

FIRST, SECOND = "stripe:evt_kit_1", "stripe:evt_kit_2"


@pytest.fixture
def found(stored):
    return stored(charge(), charge(900_000))


def test_a_tree_has_its_runs_with_their_calls_in_order(found):
    (run,) = found.of_tree(FIRST)
    assert (run.agent, run.event["id"], run.record["outcomes"][0]["kind"]) == ("fraud", FIRST, "Emit")
    assert [call["operation"] for call in run.calls] == ["charge.retrieve", "timeline.read", "review.approve"]
    assert found.of_tree("stripe:evt_other") == []


def test_an_agents_newest_runs_since_a_time_are_found_with_their_own_calls(found):
    runs = found.of_agent("fraud", ["stripe", "context"], "", 10)
    assert [run.event["id"] for run in runs] == [FIRST, SECOND]
    assert {call["event"] for call in runs[1].calls} == {SECOND}
    assert [run.event["id"] for run in found.of_agent("fraud", ["stripe"], "", 1)] == [SECOND]
    assert found.of_agent("fraud", ["stripe"], "2026-09-22T00:00:00.000000Z", 10) == []
    assert found.of_agent("watch", ["stripe"], "", 10) == []


def test_the_newest_runs_are_read_without_the_older_ones(found, s3):
    """By the times in their keys; their calls are looked for on the days of these runs alone."""
    record = {"kind": "run", "agent": "fraud", "event": {"id": "old", "correlationid": "old"}}
    for day in ("2026-09-19", "2026-09-20"):
        body = json.dumps({**record, "at": f"{day}T12:00:00.000000Z"}).encode()
        for number in range(5):
            s3.put_object(Bucket=BUCKET, Key=f"agent.fraud/{day}/old/old/run.{number}.x.json", Body=body)
        s3.put_object(Bucket=BUCKET, Key=f"connector.stripe/{day}/old/old/charge.retrieve.1.x.json", Body=b"{}")
    s3.put_object(Bucket=BUCKET, Key="agent.fraud/2026-09-21/a/b/of-another-form", Body=b"{}")
    timeless = json.dumps({**record, "at": "no time", "event": {"id": "a", "correlationid": "a"}}).encode()
    s3.put_object(Bucket=BUCKET, Key="agent.fraud/2026-09-18/a/a/run.1.x.json", Body=timeless)
    asked = []
    s3.meta.events.register("before-call.s3", lambda model, params, **_: asked.append((model.name, params["url_path"])))
    runs = found.of_agent("fraud", ["stripe", "context"], "", 2)
    assert [run.event["id"] for run in runs] == [FIRST, SECOND]
    read = [path for name, path in asked if name == "GetObject"]
    assert len(read) == 8 and not any("2026-09-20" in path or "2026-09-19" in path for path in read)
    assert len(found.of_agent("fraud", [], "", 100)) == 4  # the two, the old one with its tries, and the timeless


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("agent.fraud/2026-09-21/{0}/{0}/run.1.x.json", b"not JSON"),
        ("agent.fraud/2026-09-21/{0}/{0}/run.1.x.json", b"[1]"),
        ("agent.fraud/2026-09-21/{0}/{0}/run.1.x.json", b'{"kind": "run", "at": "z", "agent": "other", "event": {}}'),
        ("agent.fraud/2026-09-21/{0}/{0}/run.1.x.json", b'{"kind": "run", "at": "z", "agent": "fraud", "event": 1}'),
        (
            "agent.fraud/2026-09-21/{0}/{0}/charge.retrieve.1.x.json",
            b'{"kind": "call", "at": "z", "agent": "fraud", "connector": "stripe", "operation": "charge.retrieve", '
            b'"correlation": "stripe:evt_kit_1", "event": "stripe:evt_kit_1"}',
        ),
    ],
)
def test_an_object_that_is_no_record_of_its_writers_is_left_out(found, s3, key, body):
    """An agent can write under its own name only, and what it writes there is no call of a connector."""
    s3.put_object(Bucket=BUCKET, Key=key.format(FIRST), Body=body)
    (run,) = found.of_tree(FIRST)
    assert len(run.calls) == 3 and not run.tries


def test_a_bucket_that_is_not_there_is_an_error_with_its_name(s3):
    with pytest.raises(OperatorError, match=f"the records in {BUCKET} cannot be listed"):
        module.StoredRecords(s3, BUCKET).of_tree(FIRST)


def test_deleting_a_tree_lists_its_own_records_alone(found, s3):
    """However many other trees there are: the requests depend on the writers and their days."""
    asked = []
    s3.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    assert len(found.keys_of(FIRST)) == 4
    before = len(asked)
    for number in range(30):
        s3.put_object(Bucket=BUCKET, Key=f"agent.fraud/2026-09-21/other{number}/e/run.1.x.json", Body=b"{}")
    asked.clear()
    assert len(found.keys_of(FIRST)) == 4
    assert len(asked) == before and set(asked) == {"ListObjectsV2"}


@pytest.fixture
def command(found, monkeypatch):
    """Runs `hookline records` over these records; also what went to the operators' chain."""
    noted = []
    monkeypatch.setattr(accounts, "account", lambda aws: None)
    monkeypatch.setattr(module, "records", lambda account: found)
    monkeypatch.setattr(operator_trail, "record_action", lambda account, kind, **what: noted.append((kind, what)))

    def command(*words, answer=""):
        return CliRunner().invoke(hookline, ["records", *words], input=answer)

    return command, noted


def test_records_are_listed_by_their_writer(command):
    run, _ = command
    said = run().stdout.splitlines()
    assert said[0] == "agent.fraud  2026-09-21 to 2026-09-21"
    assert json.loads(run("--json").stdout)["identities"][2]["identity"] == "connector.stripe"


def test_deleting_a_tree_asks_records_who_did_it_and_leaves_other_trees(command, found):
    run, noted = command
    assert run("delete", FIRST, "--reason", "asked for", answer="n\n").exit_code == 1
    assert noted == [] and len(found.keys_of(FIRST)) == 4
    said = run("delete", FIRST, "--reason", "asked for", "--yes")
    assert said.stdout == "4 records deleted\n"
    assert noted == [("discarded", {"resource": f"the records of {FIRST}", "reason": "asked for"})]
    assert found.keys_of(FIRST) == [] and len(found.keys_of(SECOND)) == 4
    assert "there is no record of" in str(run("delete", FIRST, "--reason", "again", "--yes").exception)
    assert "--reason is empty" in str(run("delete", SECOND, "--reason", " ").exception)
