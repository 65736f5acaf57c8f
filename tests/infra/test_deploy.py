"""`make deploy`: what the CDK CLI is asked to do, in which order, and what it says to the operator before."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hookline.operator.cdk_options import CdkOptions
from hookline.operator.deploy import NO_TERMINAL, Deployment
from hookline.operator.errors import OperatorError
from infra import naming
from infra.interpreters import ROOT
from infra.templates import read
from tests.infra.fake_account import OWNER, REGION, FakeAccount
from tests.infra.found import declared_project

pytestmark = pytest.mark.synth

# Stands for the CDK CLI: it writes what it is asked, and for a synth nothing more, because the templates are there.
STAND_IN = """\
#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
mapping = {{}}
if words[0] == "import":
    mapping = json.loads(pathlib.Path(words[words.index("--resource-mapping") + 1]).read_text())
with open({log!r}, "a") as log:
    log.write(json.dumps([words, mapping]) + "\\n")
sys.exit(1 if words[0] == os.environ.get("FAILS") else 0)
"""
READY = ["--require-approval", "never"]
AGENT = "hookline-agent-notifier"


@pytest.fixture
def deploy(templates, tmp_path, monkeypatch):
    """Deploys what `templates` has, or `to_come`, to an account; gives the CDK commands and what was said."""
    log, command = tmp_path / "log", tmp_path / "cdk"
    command.write_text(STAND_IN.format(python=sys.executable, log=str(log)))
    command.chmod(0o755)
    monkeypatch.setattr("hookline.operator.deploy.cdk", lambda: str(command))

    def run(account, *words, to_come=None, accept=False, terminal=True):
        stacks = templates if to_come is None else to_come
        artifacts = {}
        for name, text in stacks.items():
            (tmp_path / f"{name}.template.json").write_bytes(text)
            properties = {"templateFile": f"{name}.template.json"}
            artifacts[name] = {"type": "aws:cloudformation:stack", "properties": properties}
        (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
        said, asked = [], []
        found = SimpleNamespace(said=said, asked=asked, error="")

        def answer(losses):
            asked.extend(losses)
            return accept

        try:
            Deployment(account, CdkOptions.of(words), said.append, answer, terminal, tmp_path).run()
        except OperatorError as error:
            found.error = str(error)
        lines = log.read_text().splitlines() if log.exists() else []
        found.words = [json.loads(line)[0] for line in lines]
        found.commands = [words[0] for words in found.words]
        found.mappings = {words[1]: mapping for words, mapping in map(json.loads, lines) if words[0] == "import"}
        return found

    return run


def test_every_command_gets_the_options_that_it_knows(deploy, tmp_path):
    done = deploy(FakeAccount(), "--profile", "me", "-c", "destinations=a=b", *READY)
    shared = ["--context", "destinations=a=b", "--profile", "me"]
    app = ["--app", str(tmp_path)]
    assert done.words == [
        ["synth", "--quiet", "--output", str(tmp_path), *shared],
        ["bootstrap", *shared],
        ["diff", *app, "--security-only", "--method", "template", *shared],
        ["deploy", "--all", *app, *READY, *shared],
    ]


def test_with_a_terminal_cdk_deploy_itself_shows_permission_changes_and_asks(deploy):
    done = deploy(FakeAccount())
    assert done.commands == ["synth", "bootstrap", "deploy"]
    assert "--require-approval" not in done.words[-1]


def test_without_a_terminal_the_approval_must_be_said(deploy):
    done = deploy(FakeAccount(), terminal=False)
    assert (done.error, done.commands) == (NO_TERMINAL, [])
    assert deploy(FakeAccount(), *READY, terminal=False).commands[-1] == "deploy"


def test_permission_changes_are_printed_before_a_deployment_that_nobody_approves(deploy):
    done = deploy(FakeAccount(), *READY)
    assert done.commands.index("diff") < done.commands.index("deploy")
    assert "changes of permissions:" in done.said


@pytest.mark.parametrize("step", ["synth", "bootstrap", "deploy"])
def test_a_step_that_fails_ends_the_deployment(deploy, monkeypatch, step):
    monkeypatch.setenv("FAILS", step)
    done = deploy(FakeAccount())
    assert (done.error, done.commands[-1]) == (f"'cdk {step}' failed", step)


def test_an_agent_without_a_folder_is_removed_before_its_connectors_forget_it(deploy, templates):
    """Otherwise its waiting events would meet a connector without its alias, and become dead letters."""
    account = FakeAccount(templates, waiting={AGENT: 3, f"{AGENT}-dead-letters": 1})
    done = deploy(
        account, *READY, to_come={name: text for name, text in templates.items() if name != AGENT}, accept=True
    )
    assert done.commands == ["synth"]
    assert done.error.splitlines() == [
        "agent notifier has no folder any more, but is deployed: events waiting 3, dead letters 1",
        "This deployment would take away what they call. First: 'hookline agents remove notifier --aws'",
    ]


def without(templates, stack, beginning):
    """The templates without the resources of a stack whose ids begin so."""
    template = json.loads(templates[stack])
    kept = {id: one for id, one in template["Resources"].items() if not id.startswith(beginning)}
    assert len(kept) < len(template["Resources"])
    return {**templates, stack: json.dumps({**template, "Resources": kept}).encode()}


def test_the_last_listener_of_a_source_takes_its_url_and_keeps_its_secret(deploy, templates, synthesize):
    lines = [
        "secret hookline/sources/zoom is not used any more; it is kept with its content, until you delete it",
        "source zoom is not received any more: its last subscriber is gone, its URL answers 404",
    ]
    to_come = synthesize(sources=",".join(name for name in declared_project().sources if name != "zoom"))
    done = deploy(FakeAccount(templates), *READY, to_come=to_come)
    assert (done.said, done.asked, done.commands) == (lines, lines, ["synth"])
    assert done.error == "nothing was deployed; --accept-removals says yes to the removals above"
    assert deploy(FakeAccount(templates), *READY, to_come=to_come, accept=True).commands[-1] == "deploy"


def test_a_connector_that_no_agent_uses_any_more_is_named(deploy, templates, synthesize):
    project = declared_project()
    agents = {name: agent for name, agent in project.agents.items() if "slack" not in agent.connectors}
    to_come = synthesize(replace(project, agents=agents))
    done = deploy(FakeAccount({name: text for name, text in templates.items() if name in to_come}), to_come=to_come)
    assert done.said == [
        "secret hookline/connectors/slack is not used any more; it is kept with its content, until you delete it",
        "connector slack is deleted: no agent uses it any more",
    ]


def test_a_queue_that_goes_is_named_with_what_waits_in_it(deploy, templates):
    queue = naming.service("context")
    to_come = without(templates, naming.stack("operations"), "Context")
    done = deploy(FakeAccount(templates, waiting={queue: 7}), to_come=to_come)
    assert sorted(done.said) == [
        "queue hookline-context is deleted, in which 7 messages wait",
        "queue hookline-context-dead-letters is deleted, in which 0 messages wait",
    ]


def test_a_deployment_that_takes_nothing_away_asks_nothing(deploy, templates):
    done = deploy(FakeAccount(templates))
    assert (done.error, done.said, done.asked) == ("", [], [])


def test_stacks_of_another_stage_are_refused(deploy, templates):
    """A stage that cdk.json sets would be compared with the default stage's resources."""
    done = deploy(FakeAccount(), to_come={f"dev-{name}": text for name, text in templates.items()})
    assert done.error.endswith("is of another stage: name the stage with -c stage=…, not in cdk.json")


# Deploying again onto what an earlier deployment left


def retained(templates):
    """The resources that CloudFormation keeps, by stack: id and identifier of each."""
    found = {}
    for stack, text in templates.items():
        for one in read(text):
            if one.deletion.startswith("Retain"):
                name = one.properties.get("AliasName") or one.name.replace("ACCOUNT", OWNER).replace("REGION", REGION)
                found.setdefault(stack, {})[one.id] = {
                    "AWS::DynamoDB::Table": {"TableName": name},
                    "AWS::KMS::Alias": {"AliasName": name},
                    "AWS::KMS::Key": {"KeyId": "key-of-checkpoints"},
                    "AWS::S3::Bucket": {"BucketName": name},
                    "AWS::SecretsManager::Secret": {
                        "Id": f"arn:aws:secretsmanager:{REGION}:{OWNER}:secret:{name}-AbCdEf"
                    },
                }[one.type]
    return found


def names(mapped):
    """The physical names in resource mappings; a key has none."""
    ids = [next(iter(one.values())) for all in mapped.values() for one in all.values() if "KeyId" not in one]
    return {id.partition(":secret:")[2].removesuffix("-AbCdEf") or id for id in ids}


def test_after_everything_was_destroyed_a_deployment_imports_all_that_was_kept(deploy, templates):
    kept = retained(templates)
    assert names(kept) >= {naming.GRANT_KEY, naming.CHECKPOINT_KEY}
    done = deploy(FakeAccount(exist=names(kept)))
    assert done.mappings == kept
    assert done.commands == ["synth", "bootstrap", *["import"] * len(kept), "deploy"]


def test_a_re_added_agent_gets_its_memory_back(deploy, templates):
    deployed = {name: text for name, text in templates.items() if name != AGENT}
    done = deploy(FakeAccount(deployed, exist={f"{AGENT}-idempotency"}))
    assert [*done.mappings] == [AGENT]
    assert names(done.mappings) == {f"{AGENT}-idempotency"}


def test_a_source_that_is_deployed_again_gets_its_secret_back(deploy, templates):
    secret = naming.signing_secret("github")
    deployed = without(templates, naming.stack("ingress"), "Secretgithub")
    done = deploy(FakeAccount(deployed, exist={secret}))
    assert names(done.mappings) == {secret}


def test_what_a_stack_has_already_is_not_imported(deploy, templates):
    done = deploy(FakeAccount(templates, exist=names(retained(templates))))
    assert done.mappings == {}


def test_a_secret_being_deleted_stops_the_deployment_with_the_way_to_restore_it(deploy):
    account = FakeAccount(exist={naming.GRANT_KEY})
    account.deleting.add(naming.GRANT_KEY)
    done = deploy(account)
    assert done.commands == ["synth"]
    assert "aws secretsmanager restore-secret --secret-id hookline/grant-key" in done.error


# The account's concurrent executions


def test_a_larger_account_is_told_how_to_use_its_quota(deploy):
    done = deploy(FakeAccount(concurrency=1000))
    assert done.said == [
        'the account allows 1000 concurrent executions: set "concurrency": 1000 in cdk.json to use them'
    ]


def test_more_reserved_than_the_account_allows_is_refused_before_anything_is_changed(deploy, synthesize):
    done = deploy(FakeAccount(concurrency=100), to_come=synthesize(concurrency="1000"))
    assert done.commands == ["synth"]
    assert "of the account's 100 concurrent executions" in done.error


def test_make_deploy_is_this_command():
    assert "deploy: setup\n\t@$(RUN) hookline deploy $(ARGS)\n" in (ROOT / "Makefile").read_text()
