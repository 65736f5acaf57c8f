"""A deployment's settings (destinations, tenants, stages), raw subscriptions, and connectors that call AWS."""

import json
from dataclasses import replace

import pytest
from aws_cdk import App

from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.connector import AwsAccess, ConnectorManifest, Operation
from functions.core.manifests.credentials import Bearer
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project
from infra.deployable import deployable
from infra.rules import pattern
from infra.settings import Settings
from infra.stacks.connectors import ConnectorsStack
from infra.stacks.shared import SharedStack
from infra.templates import Deployed, alternatives
from tests import declared

POST = Operation(
    "note.post",
    kind="effect",
    entity="acme:board/{board}",
    method="POST",
    path="/boards/{board}/notes",
    idempotency="natural",
)
ACME = ConnectorManifest(
    name="acme", owner="tests", operations=[POST], hosts=["a.test"], base="https://a.test/", credential=Bearer()
)
POSTER = AgentManifest(
    name="poster",
    owner="tests",
    purpose="Post",
    subscribes=[Subscription("payment.held", ["agent.fraud"])],
    uses=[Use("acme", ["note.post"], "to post", to=["alerts"])],
)
PROJECT = Project(agents={"poster": POSTER}, connectors={"acme": ACME})


def settings(**context) -> Settings:
    return Settings.of(App(context=context).node)


def test_a_bound_destination_is_deployed():
    assert deployable(PROJECT, {"alerts": "acme:board/b1"}).agents == {"poster": POSTER}


def test_an_unbound_destination_fails_the_synth_with_the_way_to_bind_it():
    with pytest.raises(ManifestError) as refused:
        deployable(PROJECT, {"other": "acme:board/b1"})
    said = str(refused.value)
    assert said.startswith(
        "agent poster: destination 'alerts' is not bound. Bind it to an entity like acme:board/{board}"
    )
    assert "-c destinations=alerts=" in said and "hookline up --bind alerts=" in said


def test_an_optional_agent_with_an_unbound_destination_is_left_out():
    optional = replace(PROJECT, agents={"poster": replace(POSTER, optional=True)})
    assert deployable(optional, {}).agents == {}
    assert list(deployable(optional, {"alerts": "acme:board/b1"}).agents) == ["poster"]


def test_an_agent_of_a_flow_of_the_demo_is_deployed_only_if_the_flow_is_named():
    """It burdens no deployment of the user's own agents."""
    project = replace(PROJECT, agents={"poster": replace(POSTER, flow="patterns")})
    assert deployable(project, {}).agents == deployable(project, {}, ["payments"]).agents == {}
    bound = {"alerts": "acme:board/b1"}
    assert list(deployable(project, bound, settings(flows="payments, patterns").flows).agents) == ["poster"]


@pytest.mark.parametrize("entity", ["slack:channel/C1", "acme:board", "acme:boards/1"])
def test_a_destination_that_an_operation_does_not_touch_fails_the_synth(entity):
    with pytest.raises(ManifestError, match="but acme note.post acts on acme:board/{board}"):
        deployable(PROJECT, {"alerts": entity})


def test_a_destination_that_is_bound_to_a_name_instead_of_an_id_fails_the_synth():
    """A name can become another's."""
    note = replace(PROJECT.connectors["acme"].operations[0], ids={"board": "b[0-9]+"})
    project = replace(PROJECT, connectors={"acme": replace(PROJECT.connectors["acme"], operations=[note])})
    assert list(deployable(project, {"alerts": "acme:board/b1"}).agents) == ["poster"]
    with pytest.raises(ManifestError, match=r"acme:board/{board}: {board} is an id like b\[0-9\]\+, not a name"):
        deployable(project, {"alerts": "acme:board/alerts"})


def test_destinations_are_read_from_cdk_json_and_from_the_command_line():
    one = {"alerts": "slack:channel/C1"}
    assert settings(destinations=one).destinations == one
    assert settings(destinations="alerts=slack:channel/C1").destinations == one


def test_a_stage_replaces_and_extends_the_settings():
    stages = {"dev": {"destinations": {"alerts": "slack:channel/DEV"}, "alarm_emails": ["dev@example.com"]}}
    base = {"destinations": {"alerts": "slack:channel/C1", "ops": "slack:channel/C2"}, "stages": stages}
    assert settings(**base).destinations == {"alerts": "slack:channel/C1", "ops": "slack:channel/C2"}
    dev = settings(**base, stage="dev")
    assert dev.destinations == {"alerts": "slack:channel/DEV", "ops": "slack:channel/C2"}
    assert dev.alarm_emails == ("dev@example.com",)
    with pytest.raises(ManifestError, match="stage 'dve' is not in cdk.json .did you mean dev"):
        settings(**base, stage="dve")


@pytest.mark.parametrize("given", ["alerts", "alerts=", "=x", ["alerts"], "alerts=channel C1", {"alerts": "C1"}])
def test_a_malformed_destination_is_an_error_of_one_line(given):
    with pytest.raises(ManifestError) as refused:
        settings(destinations=given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("quota", "default"), [("rules_per_bus", 300), ("concurrency", 10)])
def test_a_quota_is_a_whole_number(quota, default):
    assert (getattr(settings(), quota), getattr(settings(**{quota: "100"}), quota)) == (default, 100)
    assert getattr(settings(**{quota: 400}), quota) == 400
    for wrong in ("many", "0", -1, 1.5, ""):
        with pytest.raises(ManifestError, match=f"{quota}: .* is not a whole number from 1"):
            settings(**{quota: wrong})


def test_a_tenant_is_read_and_checked_as_a_host_name():
    tenanted = replace(ACME, name="desk", hosts=["{sub}.desk.test"], base="https://{sub}.desk.test/")
    assert settings(tenants={"desk": {"sub": "acme"}}).tenant(tenanted) == {"sub": "acme"}
    assert settings(tenants="desk.sub=acme").tenant(tenanted) == {"sub": "acme"}
    for wrong in ({}, {"desk": {"sub": "a.b"}}):
        with pytest.raises(ManifestError, match="tenants"):
            settings(tenants=wrong).tenant(tenanted)


def test_the_expected_tenants_are_read_and_reach_the_verifier():
    sources = declared.PROJECT.sources
    for given in ({"stripe": ["own", "acct_*"]}, "stripe=own acct_*"):
        found = settings(expected=given)
        found.require_known(sources)
        assert found.expects(sources["stripe"]) == "own,acct_*"
    assert [settings().expects(sources[name]) for name in ("stripe", "paddle")] == ["", ""]
    local = settings(local="true")
    assert [local.expects(sources[name]) for name in ("stripe", "paddle")] == ["*", ""]
    assert [local.mode, settings().mode, settings(mode="test").mode] == ["test", "live", "test"]
    with pytest.raises(ManifestError, match="mode 'prod': 'live' or 'test'"):
        settings(mode="prod")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stripes": ["own"]}, "there is no source 'stripes' .did you mean stripe"),
        ({"paddle": ["own"]}, "the secret of source paddle serves one tenant only"),
        ({"stripe": ["a,b"]}, "'a,b'"),
        ({"stripe": []}, "is not a list like"),
        ({"stripe": 7}, "7 is not a list like"),
        ({"stripe": [7]}, "7"),
    ],
)
def test_a_malformed_expected_tenant_fails_the_synth_in_one_line(given, said):
    with pytest.raises(ManifestError, match=said) as refused:
        settings(expected=given).require_known(declared.PROJECT.sources)
    assert "\n" not in str(refused.value)


def test_a_raw_subscription_becomes_a_rule_for_its_raw_types_only():
    both = [
        Subscription("github.unmapped", raw=["issues.opened"]),
        Subscription("github.unmapped", raw=["push", "issues.opened"]),
    ]
    subscribed, _ = alternatives(pattern(replace(POSTER, subscribes=both)))  # and the decisions on its reviews
    assert subscribed == {
        "source": ["webhook.github"],
        "detail-type": ["github.unmapped"],
        "detail": {"raw": {"type": ["issues.opened", "push"]}},
    }


def test_an_untranslated_delivery_wakes_only_subscribers_to_its_raw_type():
    agent = replace(POSTER, subscribes=[Subscription("github.unmapped", raw=["issues.opened"])])
    assert agent.subscribes_to("webhook.github", "github.unmapped", "issues.opened")
    assert not agent.subscribes_to("webhook.github", "github.unmapped", "issues.closed")
    assert not agent.subscribes_to("webhook.gitlab", "github.unmapped", "issues.opened")
    with pytest.raises(ManifestError, match="names no raw type"):
        Subscription("github.unmapped", ["webhook.github"])
    with pytest.raises(ManifestError, match="raw types go with"):
        Subscription("payment.held", ["agent.fraud"], raw=["x"])


@pytest.fixture
def deployed(tmp_path):
    """The connectors and the shared stack of a project, without code."""

    def synth(project: Project, **context: str) -> Deployed:
        app = App(context={"bundle": "false", **context}, outdir=str(tmp_path))
        chosen = Settings.of(app.node)
        SharedStack(app, "shared", chosen, project)
        ConnectorsStack(app, "connectors", chosen, project)
        assembly = app.synth()
        return Deployed.of({one.stack_name: (tmp_path / one.template_file).read_bytes() for one in assembly.stacks})

    return synth


@pytest.mark.synth
def test_a_connector_gets_its_destinations_and_its_declared_aws_actions(deployed):
    model = "arn:aws:bedrock:{region}::foundation-model/some-model"
    thinking = replace(ACME, aws=[AwsAccess(["bedrock:InvokeModel"], [model])])
    project = replace(PROJECT, connectors={"acme": thinking})
    found = deployed(project, destinations="alerts=acme:board/b1,other=acme:board/b2")
    variables = found.functions["hookline-connector-acme"].properties["Environment"]["Variables"]
    assert json.loads(variables["HOOKLINE_DESTINATIONS"]) == {"alerts": "acme:board/b1"}
    mine = [one for one in found.may("hookline-connector-acme") if one.action == "bedrock:InvokeModel"]
    assert [one.resource for one in mine] == ["arn:aws:bedrock:REGION::foundation-model/some-model"]
    assert [one for one in found.boundary if one.action == "bedrock:InvokeModel"]


@pytest.mark.synth
def test_a_connector_that_no_agent_uses_is_not_deployed(deployed):
    idle = replace(ACME, name="idle")
    found = deployed(replace(PROJECT, connectors={"acme": ACME, "idle": idle}), destinations="alerts=acme:board/b1")
    assert "hookline-connector-acme" in found.functions
    assert "hookline-connector-idle" not in found.functions


@pytest.mark.synth
def test_a_metered_read_gets_its_budgets_table(deployed):
    metered = replace(POST, name="model.ask", kind="read", idempotency=None, metered=True)
    project = replace(
        PROJECT,
        agents={"poster": replace(POSTER, uses=[Use("acme", ["model.ask"], "to think")])},
        connectors={"acme": replace(ACME, operations=[metered])},
    )
    found = deployed(project)
    variables = found.functions["hookline-connector-acme"].properties["Environment"]["Variables"]
    assert variables["HOOKLINE_BUDGETS_TABLE"] == "hookline-budgets"
    assert "HOOKLINE_LEDGER_TABLE" not in variables


@pytest.mark.synth
@pytest.mark.parametrize(("local", "fate"), [("false", "RetainExceptOnCreate"), ("true", "Delete")])
def test_a_secret_outlives_its_stack_except_on_the_local_stack(deployed, local, fate):
    found = deployed(PROJECT, destinations="alerts=acme:board/b1", local=local)
    secrets = {secret.name: secret.deletion for secret in found.all("AWS::SecretsManager::Secret")}
    assert secrets == dict.fromkeys(["hookline/grant-key", "hookline/connectors/acme"], fate)
