"""A process belongs to one stage; each name of that process is the stage's."""

import json
import os
import subprocess
import sys

import pytest

from functions.core.platform.identities import is_ours
from functions.core.platform.stage import VARIABLE, check_stage
from infra.interpreters import ROOT

NAMES = """
import json
from functions.core.audit.messages import foreign_function, records_in
from functions.core.platform.identities import function_name
from infra import naming

def message(sender, identity):
    body = {"id": "1", "at": "2026-01-01T00:00:00.000000Z", "identity": identity, "kind": "received"}
    body["correlation"] = "c"
    attributes = {"SenderId": f"ROLE:{sender}", "MessageGroupId": identity, "SentTimestamp": "0"}
    return {"messageId": "1", "body": json.dumps([body]), "attributes": attributes}

senders = ("dev-hookline-agent-fraud", "hookline-agent-fraud", "test-hookline-agent-fraud")
print(json.dumps({
    "name": function_name("agent.fraud"),
    "queue": naming.audit_queue("agent.fraud"),
    "own": [records_in(message(sender, "agent.fraud"))[0]["kind"] for sender in senders],
    "operator": [records_in(message(sender, "operator"))[0]["kind"] for sender in (*senders, "ada@example.com")],
    "foreign": [foreign_function(message(sender, "agent.fraud"), "agent.fraud") for sender in senders],
}))
"""
# The first call of a client, and what it names; nothing leaves the machine.
COMMAND = """
import sys, boto3, hookline.__main__
assert "functions.core.platform.identities" not in sys.modules, "a command makes names before it knows its stage"
class Client:
    def __init__(self, service): self.meta = type("Meta", (), {"region_name": "eu-central-1"})
    def get_paginator(self, operation): return self
    def paginate(self, **given): sys.exit(str(given))
boto3.Session.client = lambda session, service: Client(service)
sys.argv = ["hookline", *sys.argv[1:]]
hookline.__main__.main()
"""


def run(code, *words, **environment):
    known = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-c", code, *words]
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    return subprocess.run(command, cwd=ROOT, env=known, check=False, **quiet)


def test_a_stage_is_in_every_name_and_only_its_own_functions_are_recognized():
    done = run(NAMES, **{VARIABLE: "dev"})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["name"], found["queue"]) == ("dev-hookline-agent-fraud", "dev-hookline-audit-agents")
    assert found["own"] == ["received", "forged", "forged"]
    assert found["operator"] == ["forged", "forged", "forged", "received"]
    assert found["foreign"] == ["", "hookline-agent-fraud", "test-hookline-agent-fraud"]


@pytest.mark.parametrize(
    "words",
    [
        ["agents", "suspend", "fraud", "--aws", "--stage", "dev"],
        ["agents", "--aws", "--stage", "dev", "suspend", "fraud"],
    ],
    ids=" ".join,
)
def test_an_operators_command_acts_in_the_stage_that_it_names(words):
    done = run(COMMAND, *words)
    assert done.stderr.strip() == "{'RoleName': 'dev-hookline-agent-fraud-eu-central-1'}"


def test_without_a_stage_a_command_acts_in_the_default_one():
    done = run(COMMAND, "agents", "suspend", "fraud", "--aws")
    assert done.stderr.strip() == "{'RoleName': 'hookline-agent-fraud-eu-central-1'}"


def test_the_local_stack_has_no_stages():
    done = run(COMMAND, "agents", "suspend", "fraud", "--stage", "dev")
    assert done.stderr == "hookline: the local stack has no stages: add --aws, or leave out --stage dev\n"


def test_a_command_refuses_what_is_no_stage():
    done = run(COMMAND, "agents", "--aws", "--stage", "Dev")
    assert done.returncode == 2
    assert "Invalid value for '--stage': stage 'Dev': a stage is 1 to 12 lower-case letters" in done.stderr


@pytest.mark.parametrize("stage", ["", "a", "dev", "prod2", "twelveletter"])
def test_a_stage_is_lower_case_letters_and_digits(stage):
    assert check_stage(stage) == stage


@pytest.mark.parametrize("stage", ["2a", "a-b", "a_b", "A", " a", "thirteenchars", "hookline", "a\n", "é"])
def test_anything_else_is_not_a_stage(stage):
    with pytest.raises(ValueError, match="is 1 to 12 lower-case letters and digits"):
        check_stage(stage)


def test_a_function_of_any_stage_is_ours():
    ours = ["hookline-agent-fraud", "dev-hookline-recorder", "hookline-agent-fraud-us-east-1"]
    others = ["ada@example.com", "hookline", "AWSReservedSSO_Admin", "my-own-hookline-agent", "Dev-hookline-agent"]
    assert [name for name in (*ours, *others) if is_ours(name)] == ours


# What the CDK CLI would be started with; it is not.
DEPLOY = """
import subprocess, sys, hookline.__main__
subprocess.run = lambda line, env, **_: sys.exit(f"{env.get('HOOKLINE_STAGE', '')} {' '.join(line[1:])}")
sys.argv = ["hookline", "deploy", *sys.argv[1:]]
hookline.__main__.main()
"""


@pytest.mark.parametrize("words", [["-c", "stage=dev"], ["--context=stage=dev"], ["--context", "a=b", "stage=dev"]])
def test_a_deployment_is_checked_in_the_stage_of_its_context(words):
    done = run(DEPLOY, *words, "--profile", "me", "--require-approval", "never")
    assert done.stderr.startswith("dev synth --quiet --output ")
    assert done.stderr.strip().endswith("--context stage=dev --profile me")


def test_a_deployment_without_a_stage_is_the_default_one():
    assert run(DEPLOY, "--require-approval", "never").stderr.startswith(" synth --quiet")


def test_a_deployment_without_a_terminal_and_an_approval_is_refused_before_anything_runs():
    done = run(DEPLOY)
    assert done.stderr.startswith("hookline: there is no terminal to approve changes of permissions in")
