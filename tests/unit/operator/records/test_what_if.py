"""What another version of an agent would have decided: flips, their first divergence, and what is not known."""

import importlib
import json
from dataclasses import replace
from threading import Lock

import pytest
from click.testing import CliRunner

from functions.agents.fraud import agent as fraud
from functions.agents.summarizer import agent as summarizer
from functions.api.agent import Done, Emit
from functions.core.gate import policy as policies
from hookline.__main__ import hookline
from hookline.operator import account as accounts
from hookline.operator.errors import OperatorError
from hookline.operator.records import kept
from hookline.operator.records import stored as stored_records
from hookline.operator.records import what_if as module
from hookline.operator.records.candidate import folder_of
from hookline.operator.records.stored import Run
from hookline.operator.records.what_if import Candidate, versions, what_if
from hookline.whatif.lane import Lane
from infra.interpreters import ROOT
from tests.unit.operator.records.conftest import charge

ORDINARY, HIGH, REFUNDED = charge(), charge(900_000), charge(refunded=True)
PRESENT = Candidate("present", ROOT / "functions/agents/fraud")
OTHER = Candidate("other", ROOT / "functions/agents/fraud")
RUN = fraud.run
MEMBERS = ("flip", "content", "unknown", "same", "drift")


@pytest.fixture
def project(project_as_read):
    return project_as_read[0]


@pytest.fixture
def compare(project, monkeypatch):
    """What the report says of a candidate that is the present agent with another `run`, both in this process."""

    def compare(runs, run, **changes):
        one_at_a_time = Lock()

        def lane(candidate, runs):
            with one_at_a_time, monkeypatch.context() as patch:
                if candidate is OTHER:
                    patch.setattr(fraud, "run", run)
                    for name, value in changes.items():
                        patch.setattr(*value if isinstance(value, tuple) else (fraud, name, value))
                lane = Lane("fraud", {})
                return [lane.trace(one.record, one.calls, one.since) for one in runs]

        monkeypatch.setattr(module, "_lane", lane)
        return what_if(project, runs, PRESENT, OTHER)

    return compare


def counts(found):
    return {name: found[name] for name in MEMBERS if found[name]}


def test_the_present_code_over_the_record_decides_as_was_observed(compare, payments):
    """Approved, held for a person, and nothing to decide: no difference is the harness's."""
    runs = payments(ORDINARY, HIGH, REFUNDED)
    assert [[one["kind"] for one in run.record["outcomes"]] for run in runs] == [
        ["Emit"],
        ["ApprovalRequired", "Emit"],
        ["Done"],
    ]
    found = compare(runs, fraud.run)
    assert counts(found) == {"same": 3}
    assert found["events"] == []


def test_a_flip_names_its_first_divergence_and_why(compare, payments):
    def strict(event, tools):
        tools.stripe.charge_retrieve(charge=event.data["charge"])
        return Done("too risky for a machine")

    found = compare(payments(ORDINARY, HIGH, REFUNDED), strict)
    assert counts(found) == {"flip": 2, "same": 1}
    first = found["events"][0]
    assert (first["number"], first["was"]) == (2, "context:timeline.read on stripe:customer/cus_Example")
    assert (first["now"], first["why"]) == ("Done", "too risky for a machine")
    assert found["kinds"][0]["was"] == "context:timeline.read"


def test_other_contents_of_the_same_outcome_are_no_flip(compare, payments):
    def other(event, tools):
        outcome = fraud.publish_approved if event.type == "review.approved" else RUN(event, tools)
        return replace(outcome, data={**outcome.data, "score": 0.99}) if isinstance(outcome, Emit) else outcome

    assert counts(compare(payments(ORDINARY, HIGH, REFUNDED), other)) == {"content": 1, "same": 2}


def test_other_words_are_no_difference(compare, payments):
    def other(event, tools):
        return replace(RUN(event, tools), why="in other words")

    assert counts(compare(payments(ORDINARY), other)) == {"same": 1}


def test_an_answer_that_is_not_on_record_is_unknown_and_not_invented(compare, payments):
    def curious(event, tools):
        try:
            tools.stripe.review_retrieve(review=event.data["review"])
        except BaseException as error:  # noqa: BLE001 - a candidate that catches all errors
            if isinstance(error, Exception):
                return Done("caught")
            raise
        return RUN(event, tools)

    found = compare(payments(ORDINARY), curious)
    assert counts(found) == {"unknown": 1}
    (event,) = found["events"]
    assert event["why"] == "the answer of stripe review.retrieve is not on record"
    assert event["now"] == "stripe:review.retrieve on stripe:review/prv_Example, no recorded answer"


def test_an_effect_that_was_not_made_is_a_flip_although_its_answer_is_unknown(compare, payments):
    """HIGH was held: what closing its review would have answered nobody knows, but it would have been closed."""

    def hasty(event, tools):
        tools.stripe.charge_retrieve(charge=event.data["charge"])
        tools.stripe.review_approve(review=event.data["review"])
        return Done("closed")

    found = compare(payments(HIGH), hasty)
    assert counts(found) == {"flip": 1}
    assert found["events"][0]["now"] == "stripe:review.approve on stripe:review/prv_Example, no recorded answer"


def test_another_policy_is_judged_by_the_real_gate(compare, payments, monkeypatch):
    text = (ROOT / "functions/agents/fraud/policy.cedar").read_text().replace('"review.approve"', '"refund.create"')
    text = text.replace("stripe::review\n);", "stripe::charge\n);", 2)
    strict = policies.Policy(text)
    found = compare(payments(ORDINARY), fraud.run, policy=("hookline.whatif.lane.policy_of", lambda name: strict))
    assert counts(found) == {"flip": 1}
    assert found["events"][0]["now"] == "stripe:review.approve on stripe:review/prv_Example, denied"


def test_a_budget_of_the_candidate_is_judged(compare, payments):
    manifest = importlib.import_module("functions.agents.fraud.manifest").MANIFEST
    none = replace(manifest, budget=replace(manifest.budget, effects_per_event=0))
    where = "functions.agents.fraud.manifest.MANIFEST"
    found = compare(payments(ORDINARY), fraud.run, manifest=(where, none))
    assert found["events"][0]["now"].endswith("BudgetExceeded") and found["flip"] == 1


def test_a_recorded_outage_is_served_as_one_and_a_later_try_with_its_own_answers(compare, payments):
    """Of an event that failed once, the last try is compared."""
    (run,) = payments(ORDINARY)
    first = [{**run.calls[0], "at": "2026-09-21T14:00:00.000000Z", "answer": None, "error": {"kind": "Unwell"}}]
    early = {**run.record, "at": "2026-09-21T14:00:00.000000Z", "ended": "2026-09-21T14:00:01.000000Z"}
    retried = Run(run.record, (*first, *run.calls), (early,))
    assert counts(compare([retried], fraud.run)) == {"same": 1}
    failed = Run({**early, "outcomes": [], "error": {"kind": "RetryableError"}}, tuple(first))
    assert counts(compare([failed], fraud.run)) == {"same": 1}


def test_a_redacted_input_is_told_as_drift_and_not_blamed_on_the_candidate(compare, payments):
    (run,) = payments(ORDINARY)
    event = {**run.event, "data": {**run.event["data"], "customer": "[redacted]"}}
    found = compare([Run({**run.record, "event": event}, run.calls)], fraud.run)
    assert counts(found) == {"same": 1, "drift": 1}
    assert found["events"][0]["drift"]["verdict"] == "flip"


def test_an_event_that_cannot_be_read_is_unknown(compare, payments):
    (run,) = payments(ORDINARY)
    event = {**run.event, "data": {**run.event["data"], "created": "[redacted]"}}
    assert counts(compare([Run({**run.record, "event": event}, run.calls)], fraud.run)) == {"unknown": 1, "drift": 1}


def test_a_models_answer_is_served_although_the_address_in_its_prompt_is_redacted(project, ticket, monkeypatch):
    """And although the marks of its blocks depend on a grant that is not recorded."""
    asked = next(call for call in ticket.calls if call["connector"] == "bedrock")
    assert "[e-mail]" in str(asked["arguments"]) and "ada@" not in str([ticket.record, *ticket.calls])
    assert asked["usage"]["tokens"] == 57
    bound = {"notes": "slack:channel/C0SANDBOX01"}
    monkeypatch.setattr(
        module, "_lane", lambda _, runs: [Lane("summarizer", bound).trace(one.record, one.calls) for one in runs]
    )
    found = what_if(project, [ticket], PRESENT, None)
    assert counts(found) == {"same": 1}


def test_what_a_model_would_answer_to_another_prompt_is_unknown(ticket, monkeypatch):
    """Nothing is made up, and the rule that stands in for a model that is down does not decide."""
    monkeypatch.setattr(summarizer, "PROMPT", replace(summarizer.PROMPT, text="Be brief."))
    trace = Lane("summarizer", {"notes": "slack:channel/C0SANDBOX01"}).trace(ticket.record, ticket.calls)
    assert trace.unknown == "the answer of bedrock converse is not on record"
    assert [one["call"] for one in trace.steps] == ["context:timeline.read", "bedrock:converse"]


def test_without_a_candidate_the_present_code_is_compared_with_what_was_observed(project, payments, monkeypatch):
    (run,) = payments(ORDINARY)
    lane = Lane("fraud", {})
    monkeypatch.setattr(module, "_lane", lambda _, runs: [lane.trace(one.record, one.calls) for one in runs])
    outcomes = [{"kind": "Done", "subject": "", "why": "then"}]
    found = what_if(project, [Run({**run.record, "outcomes": outcomes}, run.calls)], PRESENT, None)
    assert (found["flip"], found["candidate"]) == (1, "")


def test_no_recorded_run_is_an_error_that_says_what_to_do(project):
    with pytest.raises(OperatorError, match=r"recorded=Recorded\(\)"):
        what_if(project, [], PRESENT, None)


HOSTILE = '''
"""A candidate that tries to leave."""
import os, socket, subprocess
from functions.api.agent import Done

def tried(act):
    try:
        act()
    except BaseException as error:
        return type(error).__name__
    return "done"

def run(event, tools):
    print("on standard output")
    keys = sorted(name for name in os.environ if name.startswith("AWS_") and "KEY" in name or "TOKEN" in name)
    where = os.path.join(os.path.dirname(__file__), "made")
    acts = [
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.getaddrinfo("example.org", 443),
        lambda: subprocess.run(["true"]),
        lambda: os.system("true"),
        lambda: open(where, "w"),
        lambda: os.open(where, os.O_CREAT | os.O_WRONLY),
        lambda: os.remove(__file__),
    ]
    return Done(f"keys {keys}; " + " ".join(map(tried, acts)))
'''


def test_a_candidate_runs_in_a_process_without_credentials_and_without_effects(
    project, payments, tmp_path, monkeypatch
):
    """Both lanes as they are started for a user; the candidate's folder is given."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "made-up")
    runs = payments(ORDINARY)
    mine = tmp_path / "candidate"
    with folder_of("fraud") as present:
        present.rename(mine)
    (mine / "agent.py").write_text(HOSTILE)
    with versions("fraud", mine, "") as (present, other):
        found = what_if(project, runs, present, other)
        assert not (other.folder / "made").exists()
    assert (found["flip"], found["drift"], found["candidate"]) == (1, 0, str(mine))
    assert found["events"][0]["was"] == "stripe:charge.retrieve on stripe:charge/ch_3PExample"
    assert found["events"][0]["why"] == f"keys []; {' '.join(['PermissionError'] * 7)}"


def test_a_candidate_that_cannot_be_run_is_named_with_its_error(project, payments, tmp_path):
    with folder_of("fraud") as folder:
        (folder / "agent.py").write_text("import nothing_of_this_name\n")
        with pytest.raises(OperatorError, match="mine cannot be run over the record: .*nothing_of_this_name"):
            module._lane(Candidate("mine", folder), payments(ORDINARY))  # noqa: SLF001 - one lane of the two


def test_a_ref_gives_the_agents_folder_as_git_has_it(tmp_path):
    with folder_of("fraud", ref="HEAD") as folder:
        assert (folder.name, (folder / "manifest.py").is_file()) == ("fraud", True)
    for wrong in ("no-such-ref", "--output=x"):
        with pytest.raises(OperatorError, match="git has no functions/agents/fraud"), folder_of("fraud", ref=wrong):
            pass
    missing = r"has no manifest\.py, agent\.py, policy\.cedar of agent fraud"
    with pytest.raises(OperatorError, match=missing), folder_of("fraud", path=tmp_path):
        pass


@pytest.fixture
def command(stored, monkeypatch, read_once, tmp_path):
    """Runs the command over a bucket with the records of an ordinary and a high payment."""
    found = stored(ORDINARY, HIGH)
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(accounts, "account", lambda aws: None)
    monkeypatch.setattr(stored_records, "records", lambda account: found)

    one_at_a_time = Lock()

    def lane(candidate, runs):
        with one_at_a_time, monkeypatch.context() as patch:
            if candidate.name != "the present code":
                patch.setattr(fraud, "run", lambda event, tools: Done("never"))
            lane = Lane("fraud", {})
            return [lane.trace(one.record, one.calls) for one in runs]

    monkeypatch.setattr(module, "_lane", lane)
    return lambda *words, of=("what-if", "fraud"): CliRunner().invoke(hookline, [*of, *words])


def test_the_command_has_exit_code_3_if_more_flip_than_may(command):
    folder = str(ROOT / "functions/agents/fraud")
    said = command("--candidate", folder, "--most", "1")
    assert said.exit_code == 3
    assert said.stdout.startswith("2 of 2 recorded runs of fraud since 2026-09-21T14:15:00")
    assert "     2  flip     step 1: stripe:charge.retrieve -> Done" in said.stdout
    assert command("--candidate", folder, "--most", "2").exit_code == 0
    assert command("--most", "0").exit_code == 0
    assert json.loads(command("--candidate", folder, "--json").stdout)["flip"] == 2


def test_since_and_limit_choose_the_newest_runs(command):
    assert json.loads(command("--json", "--limit", "1").stdout)["runs"] == 1
    assert "there is no recorded run" in str(command("--since", "2026-09-22").exception)
    assert command("--policy", "x", "--ref", "y").exit_code == 2


def test_a_policy_is_judged_over_the_recorded_calls(command, tmp_path):
    """What it asks about and forbids, beside what was decided then."""
    text = (ROOT / "functions/agents/fraud/policy.cedar").read_text()
    file = tmp_path / "policy.cedar"
    file.write_text(text.replace('@id("fraud-closes-the-review")', '@id("fraud-closes-the-review")\n@ask'))
    found = json.loads(command("--policy", str(file), "--json").stdout)
    assert found["moves"] == [
        {"was": "permit", "now": "permit", "times": 4},
        {"was": "permit", "now": "ask", "times": 2},
    ]
    assert {one["call"] for one in found["changed"]} == {"stripe:review.approve"}
    said = command("--policy", str(file), "--most", "1")
    assert (said.exit_code, said.stdout.splitlines()[0]) == (3, "2 of 6 recorded calls would be decided otherwise")
    file.write_text("permit(principal, action, resource);")
    assert "a policy without @id" in str(command("--policy", str(file)).exception)


def test_a_result_is_kept_listed_and_forgotten_with_its_tree(command, tmp_path):
    """Only its operator can read it; a result that names a deleted tree goes with it, and no other one."""
    found = json.loads(command("--candidate", str(ROOT / "functions/agents/fraud"), "--json").stdout)
    same = json.loads(command("--json").stdout)
    results = kept.of_bucket(stored_records.records(None).bucket)
    (file,) = (tmp_path / "kept").rglob(f"{found['id']}.json")
    assert file.stat().st_mode & 0o777 == 0o600
    listed = command(of=["what-if-results"]).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [same["id"], found["id"]]
    shown = command(of=["what-if-results", found["id"]]).stdout
    assert shown.startswith("2 of 2 recorded runs of fraud")
    assert json.loads(command(of=["what-if-results", found["id"], "--json"]).stdout) == found
    assert results.forget(found["events"][0]["correlation"]) == 1
    assert [one["id"] for one in results.listed()] == [same["id"]]
    assert "there is no what-if result" in str(command(of=["what-if-results", found["id"]]).exception)


def test_no_more_results_are_kept_than_may_be_and_no_other_file_is_read(tmp_path):
    results = kept.KeptResults(tmp_path)
    for number in range(kept.MOST + 2):
        results.keep("fraud", "code", "", {"flip": number}, 1_790_000_000 + number)
    assert [one["flip"] for one in results.listed()] == list(range(kept.MOST + 1, 1, -1))
    (tmp_path / "1790000000999-fraud.json").write_text("[" * 100_000)
    assert len(results.listed()) == kept.MOST
    for wrong in ("1790000000999-fraud", "../secrets", "", "1790000051000-fraud/../1790000051000-fraud"):
        with pytest.raises(OperatorError, match="there is no what-if result"):
            results.find(wrong)
