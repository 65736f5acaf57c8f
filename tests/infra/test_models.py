"""What the templates give the connectors of models: the declared models alone, prices, a local sandbox."""

import json

import pytest
from aws_cdk import App

from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project
from hookline.validation.manifests import Declared
from hookline.validation.references import check_agent
from infra.settings import Settings
from infra.stacks.connectors import ConnectorsStack
from infra.stacks.shared import SharedStack
from infra.templates import Deployed
from tests.declared import PROJECT

NOVA, HAIKU = "amazon.nova-lite-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"
FUNCTION = "hookline-connector-bedrock"
BASE = "anthropic.claude-haiku-4-5-20251001-v1:0"


def thinker(model: str, name: str = "thinker", uses: list[Use] | None = None) -> AgentManifest:
    return AgentManifest(
        name=name,
        owner="tests",
        purpose="tests",
        subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
        uses=uses or [],
        budget=Budget(model_calls_per_event=1, usd_per_event="0.10"),
        model=model,
    )


@pytest.fixture
def deployed(tmp_path):
    """The connectors and the shared stack of agents with these manifests."""

    def synth(*agents: AgentManifest, **context: object) -> Deployed:
        project = Project({one.name: one for one in agents}, {}, dict(PROJECT.connectors))
        app = App(context={"bundle": "false", **context}, outdir=str(tmp_path))
        chosen = Settings.of(app.node)
        SharedStack(app, "shared", chosen, project)
        ConnectorsStack(app, "connectors", chosen, project)
        assembly = app.synth()
        return Deployed.of({one.stack_name: (tmp_path / one.template_file).read_bytes() for one in assembly.stacks})

    return synth


def variables(found: Deployed, function: str = FUNCTION) -> dict[str, str]:
    return found.functions[function].properties["Environment"]["Variables"]


def resources(found: Deployed, action: str, granted=None) -> list[tuple[str, object]]:
    permissions = found.may(FUNCTION) if granted is None else granted
    return sorted({(one.resource, json.dumps(one.when)) for one in permissions if one.action == action})


@pytest.mark.synth
def test_the_connector_may_call_the_declared_models_and_no_others(deployed):
    """A profile's model in any region, but through that profile only."""
    found = deployed(thinker(f"bedrock:{NOVA}"), thinker(f"bedrock:{HAIKU}", "other"))
    profile = f"arn:aws:bedrock:REGION:ACCOUNT:inference-profile/{HAIKU}"
    through = json.dumps({"StringLike": {"bedrock:InferenceProfileArn": profile}})
    assert resources(found, "bedrock:InvokeModel") == sorted(
        [
            (profile, json.dumps({})),
            (f"arn:aws:bedrock:*::foundation-model/{BASE}", through),
            (f"arn:aws:bedrock:REGION::foundation-model/{NOVA}", json.dumps({})),
        ]
    )
    assert resources(found, "bedrock:InvokeModel", found.boundary) == resources(found, "bedrock:InvokeModel")
    assert {resource for resource, _ in resources(found, "bedrock:CountTokens")} == {
        f"arn:aws:bedrock:REGION::foundation-model/{model}" for model in (BASE, NOVA)
    }
    assert {one.action for one in found.may(FUNCTION) if one.action.startswith("bedrock:")} == {
        "bedrock:InvokeModel",
        "bedrock:CountTokens",
    }


@pytest.mark.synth
def test_a_model_has_budgets_and_a_circuit_and_no_secret(deployed):
    """On AWS nothing points it elsewhere."""
    found = deployed(thinker(f"bedrock:{NOVA}"), sandboxes="")
    assert {"HOOKLINE_BUDGETS_TABLE", "HOOKLINE_BREAKERS_TABLE"} <= variables(found).keys()
    assert (
        variables(found)
        .keys()
        .isdisjoint(
            {"HOOKLINE_CREDENTIAL", "HOOKLINE_LEDGER_TABLE", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "HOOKLINE_PRICES"}
        )
    )


@pytest.mark.synth
def test_the_local_stack_sends_bedrocks_calls_to_our_sandbox(deployed):
    """The connector's alone; the emulator's own answers are made up."""
    found = deployed(thinker(f"bedrock:{NOVA}"), local="true", sandboxes="bedrock=http://127.0.0.1:4567/bedrock")
    set_on = [name for name in found.functions if "AWS_ENDPOINT_URL_BEDROCK_RUNTIME" in variables(found, name)]
    assert set_on == [FUNCTION]
    assert variables(found)["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == "http://127.0.0.1:4567/bedrock"


@pytest.mark.synth
def test_a_model_without_a_price_is_refused_and_one_in_the_settings_is_handed_on(deployed):
    """Before anything is deployed, with what to write and where."""
    with pytest.raises(
        ManifestError, match='agent thinker: no price for model acme.m-1; give one in cdk.json: "prices"'
    ):
        deployed(thinker("bedrock:acme.m-1"))
    price = {"input": "1", "output": "2", "checked": "2026-11-01"}
    found = deployed(thinker("bedrock:acme.m-1"), prices={"bedrock:acme.m-1": price, "bedrock:acme.m-2": price})
    assert json.loads(variables(found)["HOOKLINE_PRICES"]) == {"acme.m-1": price}


def test_a_price_that_cannot_be_one_is_refused_with_its_model():
    app = App(context={"prices": {"bedrock:acme.m-1": {"input": "free"}}})
    with pytest.raises(ManifestError, match="price of bedrock:acme.m-1"):
        Settings.of(app.node)


IDS = {
    HAIKU: "an inference profile",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0": "a global profile",
    "openai.gpt-5.6-luna": "a model whose name has a dot",
    "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0": "a profile's ARN",
    "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123": "an application profile's ARN",
}


@pytest.mark.parametrize("model", IDS, ids=IDS.values())
def test_no_access_to_a_model_reaches_any_other(model):
    """A wildcard is in a region, or is bound to the profile by a condition."""
    for access in PROJECT.connectors["bedrock"].access(model):
        for resource in access.resources:
            rest = resource.replace("bedrock:*::", "")
            assert "*" not in rest or access.when
            assert "{base}" not in resource and "{geo}" not in resource and "{arn}" not in resource
        assert all(model.rpartition("/")[2] in pattern for pattern in access.when.values())


def findings(model: str, uses: list[Use] | None = None) -> list[str]:
    """What validation says of an agent with this model."""
    agent = Declared(thinker(model, uses=uses), "functions/agents/thinker/manifest.py", b"")
    connectors = {name: Declared(one, "", b"") for name, one in PROJECT.connectors.items()}
    return [one.what for one in check_agent(agent, None, ["webhook.stripe"], connectors)]


@pytest.mark.parametrize(
    ("model", "uses", "reason"),
    [
        ("bedrok:x.y", None, "uses connector 'bedrok', which does not exist (did you mean bedrock?)"),
        ("bedrock:haiku", None, "'haiku' is not the id of an inference profile, or the id of a model, or the ARN of"),
        ("anthropic:claude-haiku-4-5", None, "which that connector does not declare"),
        (
            "anthropic:claude-haiku-4-5",
            [Use("anthropic", ["messages.list"], "why")],
            """add Use("anthropic", ["messages.create"], "<why>") to uses""",
        ),
        ("slack:x", [Use("slack", ["message.post"], "why")], "connector 'slack' calls no models"),
    ],
    ids=["unknown connector", "no id", "no use", "another use", "no models"],
)
def test_a_model_that_its_connector_does_not_have_is_reported(model, uses, reason):
    """With what to write instead."""
    assert any(reason in what for what in findings(model, uses)), findings(model, uses)


def test_a_declared_model_needs_nothing_else():
    assert findings(f"bedrock:{HAIKU}") == []
    assert findings("anthropic:claude-haiku-4-5", [Use("anthropic", ["messages.create"], "why")]) == []
