"""Every function on AWS, and the role that it runs under."""

import re
from dataclasses import replace

import pytest

from functions.core.platform import environment
from functions.core.platform.identities import function_name
from functions.core.platform.log import TRACEBACKS
from infra import naming
from infra.bundling import ROOT
from infra.rules import GENERAL, MANAGER
from infra.tags import manifest_digest
from infra.templates import Deployed
from tests.infra.found import clocks, declared_project, every, managers

pytestmark = pytest.mark.synth

# The fields of an environment that name something deployed; `public_url` is where the API is called.
NAMES = re.compile(
    r"bus|credential|(grant|link)_key|signing_secret|schedule_group|(?!public).*_(url|arn)|.*_(table|bucket)"
)


def functions_roles(deployed):
    """All roles except those under which EventBridge Scheduler acts."""
    of_clocks = {naming.role(clock, "REGION") for clock in clocks()}
    return [role for role in every(deployed, "AWS::IAM::Role") if role.name not in of_clocks]


def environment_of(function):
    """The class that the function reads its environment with, and the variables that the template gives it."""
    variables = dict(function.properties["Environment"]["Variables"])
    starts = environment.Started.read(variables).starts
    del variables["HOOKLINE_STARTS"]
    (kind,) = re.findall(r"(\w+Environment)\.read\(", (ROOT / f"{starts.replace('.', '/')}.py").read_text())
    return getattr(environment, kind), variables


def test_every_function_starts_at_the_one_entry(deployed):
    handlers = {function.properties["Handler"] for function in deployed.functions.values()}
    assert handlers == {"functions.core.platform.cold_start.handler"}


def test_no_function_on_aws_logs_the_messages_of_errors(deployed):
    """They may quote payloads. Only the emulator sets the variable, for the processes of the local stack."""
    variables = [function.properties["Environment"]["Variables"] for function in deployed.functions.values()]
    assert variables and not any(TRACEBACKS in one for one in variables)


def test_every_function_runs_python_3_13_on_arm64(deployed):
    runtimes = {
        name: (function.properties["Runtime"], *function.properties["Architectures"])
        for name, function in deployed.functions.items()
    }
    assert runtimes == dict.fromkeys(deployed.functions, ("python3.13", "arm64"))


def test_every_function_has_a_timeout_that_lambda_accepts(deployed):
    timeouts = {name: function.properties.get("Timeout", 0) for name, function in deployed.functions.items()}
    assert [name for name, seconds in timeouts.items() if not 0 < seconds <= 900] == []


@pytest.mark.parametrize("slow", ["agent", "connector"])
def test_the_longest_seconds_of_a_manifest_become_a_timeout_that_lambda_accepts(synthesize, slow):
    project = declared_project()
    fraud, stripe = project.agents["fraud"], project.connectors["stripe"]
    if slow == "agent":
        changed = {"agents": {**project.agents, "fraud": replace(fraud, budget=replace(fraud.budget, seconds=890))}}
    else:
        changed = {"connectors": {**project.connectors, "stripe": replace(stripe, seconds=890)}}
    functions = Deployed.of(synthesize(replace(project, **changed))).functions
    name = naming.agent("fraud") if slow == "agent" else naming.connector("stripe")
    assert functions[name].properties["Timeout"] == 900


def test_every_function_has_a_role_of_its_own(deployed):
    used = [function.properties["Role"] for function in deployed.functions.values()]
    assert sorted(used) == sorted(role.arn for role in functions_roles(deployed))


def test_every_role_is_under_the_permissions_boundary(deployed):
    (boundary,) = deployed.all("AWS::IAM::ManagedPolicy")
    outside = [
        role.name
        for role in every(deployed, "AWS::IAM::Role")
        if role.properties.get("PermissionsBoundary") != boundary.arn
    ]
    assert outside == []


def test_no_role_has_a_managed_or_an_inline_policy_apart_from_its_own(deployed):
    more = [
        role.name
        for role in every(deployed, "AWS::IAM::Role")
        if role.properties.get("ManagedPolicyArns") or role.properties.get("Policies")
    ]
    assert more == []


def test_only_lambda_may_assume_a_functions_role(deployed):
    trusted = {(p.who, p.resource) for p in deployed.resource_policies if p.action.startswith("sts:")}
    of_clocks = {
        ("scheduler.amazonaws.com", f"arn:aws:iam::ACCOUNT:role/{naming.role(clock, 'REGION')}") for clock in clocks()
    }
    assert trusted == {("lambda.amazonaws.com", role.arn) for role in functions_roles(deployed)} | of_clocks


def test_every_function_logs_to_a_group_of_its_own_with_a_retention(deployed):
    groups = {group.name: group for group in deployed.all("AWS::Logs::LogGroup")}
    for name, function in deployed.functions.items():
        own = groups[function.properties["LoggingConfig"]["LogGroup"]]
        assert (own.name, "RetentionInDays" in own.properties) == (f"/aws/lambda/{name}", True)


def test_every_functions_environment_is_complete_and_has_nothing_else(deployed):
    for function in deployed.functions.values():
        kind, variables = environment_of(function)
        assert kind.read(variables).variables() == variables, function.name


def test_an_agents_own_handler_is_used_if_it_has_one_else_the_general_one(synthesize, agents, tmp_path, monkeypatch):
    own = tmp_path / "functions/agents/fraud/handler.py"
    own.parent.mkdir(parents=True)
    own.touch()
    monkeypatch.setattr("infra.rules.ROOT", tmp_path)
    functions = Deployed.of(synthesize()).functions
    general = dict.fromkeys(agents, GENERAL) | {naming.agent(name): MANAGER for name in managers()}
    assert {name: functions[name].properties["Environment"]["Variables"]["HOOKLINE_STARTS"] for name in agents} == {
        **general,
        naming.agent("fraud"): "functions.agents.fraud.handler",
    }


def test_every_resource_named_in_an_environment_is_deployed(deployed):
    names = {name for resource in deployed.resources for name in (resource.name, resource.arn)}
    names |= {
        f"{deployed.functions[alias.properties['FunctionName']].arn}:{alias.properties['Name']}"
        for alias in deployed.all("AWS::Lambda::Alias")
    }
    names |= {f"https://sqs.REGION.amazonaws.com/ACCOUNT/{queue.name}" for queue in deployed.queues.values()}
    for function in deployed.functions.values():
        kind, variables = environment_of(function)
        given = vars(kind.read(variables))
        # An agent's connectors_arn has a placeholder for the connector's name.
        named = {f: value for f, value in given.items() if value and NAMES.fullmatch(f) and f != "connectors_arn"}
        assert named or not any(NAMES.fullmatch(f) for f in given), function.name
        assert {field: value for field, value in named.items() if value not in names} == {}, function.name


def test_every_verifier_knows_the_url_of_its_api(deployed):
    (api,) = (api for api in deployed.all("AWS::ApiGatewayV2::Api") if api.name == naming.PREFIX)
    verifiers = [f for name, f in deployed.functions.items() if name.startswith(f"{naming.PREFIX}-verifier-")]
    addresses = {environment_of(verifier)[1]["HOOKLINE_PUBLIC_URL"] for verifier in verifiers}
    assert addresses == {f"{api.id}.ApiEndpoint"}


def test_no_connector_on_aws_calls_a_sandbox(deployed):
    read = [kind.read(variables) for kind, variables in map(environment_of, deployed.functions.values())]
    sandboxes = {one.connector: one.sandbox for one in read if isinstance(one, environment.ConnectorEnvironment)}
    assert sandboxes == dict.fromkeys(declared_project().connectors, "")


def test_no_agent_has_a_vpc_a_file_system_a_layer_or_a_url(deployed, agents):
    more = {
        name: set(deployed.functions[name].properties) & {"VpcConfig", "FileSystemConfigs", "Layers"} for name in agents
    }
    assert more == dict.fromkeys(agents, set())
    assert [resource.id for resource in deployed.resources if resource.type == "AWS::Lambda::Url"] == []


def tags_of(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.properties["Tags"]}


def test_every_role_is_tagged_with_its_identity_its_owner_and_its_purpose(deployed):
    of_managers = {naming.clock(name): naming.agent(name) for name in managers()}
    for name, role in deployed.roles.items():
        tags = tags_of(role)
        assert function_name(tags["hookline:identity"]) == of_managers.get(name, name)
        assert tags["hookline:owner"].strip() and tags["hookline:purpose"].strip(), name


def test_every_role_with_a_manifest_is_tagged_with_its_name_and_digest(deployed):
    project = declared_project()
    kinds = {"agent": project.agents, "connector": project.connectors, "source": project.sources}
    manifests = {
        function_name(manifest.identity): (kind, manifest) for kind, all in kinds.items() for manifest in all.values()
    }
    manifests |= {naming.clock(name): ("agent", project.agents[name]) for name in managers()}
    for name, (kind, manifest) in manifests.items():
        tags = tags_of(deployed.roles[name])
        assert tags[f"hookline:{kind}"] == manifest.name
        assert tags["hookline:manifest"] == manifest_digest(manifest)
    without = [name for name, role in deployed.roles.items() if "hookline:manifest" not in tags_of(role)]
    assert {*manifests, *without} == {*deployed.roles}
    assert without and all("hookline:service" in tags_of(deployed.roles[name]) for name in without)


def test_a_function_has_the_tags_of_its_role(deployed):
    for name, function in deployed.functions.items():
        assert tags_of(function) == tags_of(deployed.roles[name])


def test_every_tag_is_valid_for_iam(deployed):
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html, the strictest of the tagged services
    tags = [tag for role in every(deployed, "AWS::IAM::Role") for tag in role.properties["Tags"]]
    assert [tag for tag in tags if not re.fullmatch(r"[\w\s.:/=+\-@]{0,256}", tag["Value"])] == []
