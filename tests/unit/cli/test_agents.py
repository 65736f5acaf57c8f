"""hookline agents, if one agent's folder is broken or missing; and the templates that show reads again."""

import importlib
import json
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import functions.agents
from functions.core.platform.errors import ManifestError
from hookline.cli.commands import agents as command
from hookline.operator import known, synthesis
from hookline.operator.errors import OperatorError
from hookline.operator.suspension import AgentStatus, NotDeployed
from hookline.validation import discovery

FILES = {
    "__init__.py": "",
    "agent.py": "def run(event, tools):\n    return []\n",
}
HEALTH = {
    "waiting": 3,
    "dead_letters": 2,
    "handled": 1204,
    "failing": 1,
    "failing_since": "2026-11-28T14:02:00Z",
    "last_decision": {"at": "2026-11-28T14:01:00Z", "event": "stripe:evt_1", "action": "payment.approved"}
    | {"decision": "Emit", "reason": "", "resource": ""},
    "last_error": {"at": "2026-11-28T14:02:00Z", "event": "stripe:evt_2", "action": "", "resource": ""}
    | {"decision": "RetryableError", "reason": "slack is busy\x1b[31m"},
    "since": "2026-11-27T08:00:00Z",
}
BROKEN = {
    "a syntax error": ("MANIFEST = (", "SyntaxError: "),
    "no MANIFEST": ("", "MANIFEST"),
    "a bad value": (
        "from functions.api.agent import *\nMANIFEST = AgentManifest('No', 'x', 'y', [])",
        "'No'",
    ),
}


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """Adds an agent to those that the project has; its name starts with planted_."""
    real = discovery.FUNCTIONS
    for place in real.iterdir():
        if place.name != "agents":
            (tmp_path / place.name).symlink_to(place)
    agents = tmp_path / "agents"
    agents.mkdir()
    for folder in (real / "agents").iterdir():
        (agents / folder.name).symlink_to(folder)
    monkeypatch.setattr(discovery, "FUNCTIONS", tmp_path)
    monkeypatch.setattr(functions.agents, "__path__", [str(agents), *functions.agents.__path__])

    def add(name, manifest):
        (agents / name).mkdir()
        for file, text in {**FILES, "manifest.py": manifest}.items():
            (agents / name / file).write_text(text)
        importlib.invalidate_caches()

    yield add
    for name in [name for name in sys.modules if ".planted_" in name]:
        del sys.modules[name]


@pytest.fixture
def deployed(monkeypatch):
    """How agents stand where they are deployed, by name; the command can reach that account."""
    stands = {}

    class Agent:
        def __init__(self, account, name):
            self.name = name

        def status(self):
            if self.name not in stands:
                raise NotDeployed(self.name)
            return stands[self.name]

        def denied(self):
            return stands[self.name].denied

        def suspend(self):
            yield f"{self.status().state}: stopped"

    monkeypatch.setattr("hookline.operator.account.account", lambda aws: SimpleNamespace())
    for module in ("acts", "suspension"):
        monkeypatch.setattr(f"hookline.operator.{module}.DeployedAgent", Agent)

    def polled(account):
        return {name: status.polled for name, status in stands.items()}

    def counts(account, names):
        return {name: (stands[name].waiting, 0) for name in names}

    monkeypatch.setattr("hookline.operator.suspension.deployed", polled)
    monkeypatch.setattr("hookline.operator.queue_counts.of_agents", counts)
    monkeypatch.setattr("hookline.operator.agent_health.health", lambda *_: HEALTH)
    for module in ("acts", "operator_trail"):
        monkeypatch.setattr(f"hookline.operator.{module}.record_action", lambda *_, **__: None)
    return stands


def run(*words):
    return CliRunner().invoke(command.agents, words, catch_exceptions=False)


@pytest.mark.parametrize(("manifest", "said"), BROKEN.values(), ids=BROKEN)
def test_a_folder_that_cannot_be_read_is_listed_with_its_finding_in_one_line(plant, deployed, manifest, said):
    plant("planted_broken", manifest)
    deployed["planted_broken"] = AgentStatus(denied=False, polled=True, waiting=3)
    lines = run().output.splitlines()
    assert [line.split()[0] for line in lines if " cannot be read" in line and "running" in line] == ["planted_broken"]
    assert any(line.split()[:2] == ["fraud", "payments-risk"] for line in lines)
    (finding,) = [line for line in lines if said in line]
    assert finding.startswith("functions/agents/planted_broken/manifest.py:")


def test_an_agent_whose_policy_is_wrong_is_listed_with_that(plant, deployed):
    plant(
        "planted_broken",
        (discovery.FUNCTIONS / "agents/fraud/manifest.py").read_text().replace("fraud", "planted_broken"),
    )
    rows = {row["agent"]: row for row in json.loads(run("--json").stdout)["agents"]}
    assert rows["planted_broken"]["finding"].startswith("functions/agents/planted_broken/policy.cedar:1: is missing")
    assert rows["fraud"]["finding"] is None


def test_the_other_agents_are_found_and_the_broken_one_tells_its_finding(plant):
    plant("planted_broken", "MANIFEST = (")
    assert known.agent("fraud").name == "fraud"
    with pytest.raises(OperatorError, match="planted_broken/manifest.py:1: SyntaxError"):
        known.agent("planted_broken")
    assert known.source("stripe").name == "stripe"


def test_what_is_wrong_with_a_source_leaves_no_agent_out(plant, tmp_path):
    """It may be what an agent goes by."""
    plant("planted_broken", "MANIFEST = (")
    real = (tmp_path / "providers").resolve()
    (tmp_path / "providers").unlink()
    broken = tmp_path / "providers/planted_source"
    broken.mkdir(parents=True)
    for folder in real.iterdir():
        (tmp_path / "providers" / folder.name).symlink_to(folder)
    (broken / "__init__.py").touch()
    (broken / "source.py").write_text("MANIFEST = (")
    with pytest.raises(ManifestError, match="providers/planted_source/source.py:1: SyntaxError"):
        known.find()


def test_an_agent_is_suspended_though_its_folder_is_broken_or_gone(plant, deployed):
    plant("planted_broken", "MANIFEST = (")
    for name in ("planted_broken", "deleted"):
        deployed[name] = AgentStatus(denied=False, polled=True, waiting=0)
        assert f"agent {name} is suspended" in run("suspend", name).output


def test_an_agent_without_a_folder_is_listed_as_long_as_it_is_deployed(deployed):
    """One must see it to stop it."""
    deployed["deleted"] = AgentStatus(denied=False, polled=True, waiting=1)
    rows = {row["agent"]: row for row in json.loads(run("--json").stdout)["agents"]}
    assert (rows["deleted"]["state"], rows["deleted"]["finding"]) == (
        "running",
        "functions/agents/deleted: is missing, but the agent is still deployed",
    )


def test_the_list_tells_the_health_of_each_agent(deployed):
    """Counts in the table; below it what they are of, and nothing from outside controls the terminal."""
    deployed["fraud"] = AgentStatus(denied=False, polled=True, waiting=3)
    output = run().output
    (row,) = [line.split() for line in output.splitlines() if line.split()[:2] == ["fraud", "payments-risk"]]
    assert row[-5:] == ["running", "3", "1,204", "1", "2"]
    assert output.partition("fraud, by its records since")[2].splitlines()[:5] == [
        " 2026-11-27T08:00:00Z",
        "  last decision  2026-11-28T14:01:00Z  Emit payment.approved  stripe:evt_1",
        "  last error     2026-11-28T14:02:00Z  RetryableError: slack is busy\\x1b[31m  stripe:evt_2",
        "  failing since  2026-11-28T14:02:00Z: 1 event without a decision",
        "  dead letters   'hookline dead-letters' shows them",
    ]
    rows = {row["agent"]: row for row in json.loads(run("--json").stdout)["agents"]}
    assert rows["fraud"]["health"] == HEALTH
    assert (rows["notifier"]["state"], rows["notifier"]["health"]) == ("not deployed", None)


def test_where_nothing_can_be_reached_the_list_says_so(plant, monkeypatch):
    def nowhere(aws):
        raise OperatorError("the local stack is not up")

    monkeypatch.setattr("hookline.operator.account.account", nowhere)
    assert "The state of the agents is unknown: the local stack is not up" in run().output
    told = json.loads(run("--json").stdout)
    assert told["state_unknown"] == "the local stack is not up"
    assert {row["state"] for row in told["agents"]} == {None}


@pytest.fixture
def synthesized(tmp_path, monkeypatch):
    """The agents that were left out, of each time that templates are synthesized; `files` is what they are made of."""
    state = SimpleNamespace(times=[], files="as they are", saved_meanwhile="")

    def synthesize(without):
        state.times.append(list(without))
        state.files += state.saved_meanwhile
        return {"stack": json.dumps({"Resources": {"Bus": {"Type": "AWS::Events::EventBus"}}})}

    monkeypatch.setattr(synthesis, "STATE", tmp_path / "state")
    monkeypatch.setattr(synthesis, "_synthesized", synthesize)
    monkeypatch.setattr(synthesis, "fingerprint", lambda context: f"{state.files} {sorted(context.items())}")
    return state


def ask(without=()):
    said = []
    (resource,) = synthesis.synthesize(said.append, without).resources
    assert resource.id == "Bus"
    return said


def test_templates_are_synthesized_once_while_nothing_changes(synthesized):
    assert [ask(), ask(), ask()] == [["synthesizing the templates"], [], []]
    assert synthesized.times == [[]]


def test_a_change_of_a_file_or_of_the_agents_that_are_left_out_is_synthesized(synthesized):
    ask()
    synthesized.files = "changed"
    ask()
    ask(["planted_broken"])
    assert synthesized.times == [[], [], ["planted_broken"]]


def test_templates_are_not_kept_where_a_file_changed_while_they_were_made(synthesized):
    synthesized.saved_meanwhile = "!"
    ask()
    synthesized.saved_meanwhile = ""
    ask()
    assert synthesized.times == [[], []]


def test_what_is_kept_and_cannot_be_read_is_synthesized_again(synthesized):
    ask()
    (synthesis.STATE / "templates.json").write_text("{")
    assert ask() == ["synthesizing the templates"]


def test_the_app_runs_where_the_folders_that_are_left_out_are_not(tmp_path, monkeypatch):
    """It takes every folder that it finds."""
    for folder in ("functions/agents/good", "functions/agents/planted_broken", "functions/providers/planted_broken"):
        (tmp_path / "root" / folder).mkdir(parents=True)
    for folder in ("hookline", "infra", "requirements"):
        (tmp_path / "root" / folder).mkdir()
    seen = []

    def synthesize(context, state, root):
        seen.extend(sorted(str(path.relative_to(root)) for path in root.glob("*/*/*")))
        (tmp_path / "manifest.json").write_text('{"artifacts": {}}')
        return tmp_path

    monkeypatch.setattr(synthesis, "ROOT", tmp_path / "root")
    monkeypatch.setattr(synthesis, "STATE", tmp_path / "state")
    monkeypatch.setattr(synthesis.stack, "synthesize", synthesize)
    monkeypatch.setattr(synthesis, "fingerprint", str)
    synthesis.synthesize(lambda step: None, ["planted_broken"])
    assert seen == ["functions/agents/good", "functions/providers/planted_broken"]
