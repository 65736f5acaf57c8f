"""`hookline agents show` describes an agent by the template, not by its manifest."""

import json
from dataclasses import replace

import pytest

from functions.core.events import reviews
from hookline.operator.agent_page import page
from hookline.operator.agent_sheet import policies, sheet
from hookline.operator.errors import OperatorError
from infra import naming
from infra.templates import Deployed, UnknownInTemplate
from tests.declared import PROJECT

pytestmark = pytest.mark.synth

ROLE = naming.role(naming.agent("fraud"), "REGION")
CEDAR = """
// Said by a person.
@id("read-the-charge")
permit (principal == Agent::"fraud", action == stripe::Action::"charge.retrieve", resource);
@id("ask-about-much")
@ask
permit (principal, action, resource) when { context.arguments.amount > 100 };
"""


def sheet_of(agent, deployed):
    return sheet(PROJECT.agents[agent], deployed, PROJECT.connectors)


@pytest.fixture
def changed(deployed):
    """Returns the templates with the statements of the fraud agent's policy changed by `change`."""

    def change_statements(change):
        def put(resource):
            if resource.type != "AWS::IAM::Policy" or resource.properties["Roles"] != [ROLE]:
                return resource
            statements = change(resource.properties["PolicyDocument"]["Statement"])
            return replace(resource, properties={**resource.properties, "PolicyDocument": {"Statement": statements}})

        return Deployed([put(resource) for resource in deployed.resources])

    return change_statements


@pytest.mark.parametrize("agent", PROJECT.agents)
def test_the_page_shows_every_permission_of_the_role_and_of_the_boundary(deployed, agent):
    text = list(page(sheet_of(agent, deployed)))
    own = deployed.may(naming.agent(agent))
    assert own
    assert [p for p in [*own, *deployed.boundary] if f"  {p.what}" not in text] == []


def test_a_permission_that_no_manifest_declares_is_shown(changed):
    more = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:x"}
    found = sheet_of("fraud", changed(lambda statements: [*statements, more]))
    row = {"action": more["Action"], "resource": more["Resource"], "condition": ""}
    assert row in found["may"]
    assert "  secretsmanager:GetSecretValue on arn:aws:secretsmanager:x" in list(page(found))


def test_a_declared_connector_that_iam_does_not_let_it_invoke_is_not_shown(changed):
    def without_invoking(statements):
        return [statement for statement in statements if statement["Action"] != "lambda:InvokeFunction"]

    assert sheet_of("fraud", changed(without_invoking))["connectors"] == []


def test_an_invocable_function_that_is_not_a_connector_is_an_error(changed):
    more = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{ARN}:hookline-recorder:x"}
    with pytest.raises(UnknownInTemplate, match="hookline-recorder"):
        sheet_of("fraud", changed(lambda statements: [*statements, more]))


def test_the_operations_are_the_declared_ones_with_their_entities(deployed):
    shown = {
        (connector["name"], operation["name"], operation["entity"])
        for connector in sheet_of("fraud", deployed)["connectors"]
        for operation in connector["operations"]
    }
    assert shown == {
        (use.connector, name, PROJECT.connectors[use.connector].operation(name).entity)
        for use in PROJECT.agents["fraud"].uses
        for name in use.operations
    }


def test_its_queue_takes_messages_of_its_rules_and_of_itself(deployed):
    queue = sheet_of("fraud", deployed)["queue"]
    shown = {
        (detail_type, source)
        for rule in queue["filled_by"]
        for detail_type in rule["pattern"]["detail-type"]
        for source in rule["pattern"]["source"]
    }
    declared = {
        (subscription.detail_type, source)
        for subscription in PROJECT.agents["fraud"].subscribes
        for source in subscription.sources
    }
    assert shown == declared | {(decision, reviews.SOURCE) for decision in reviews.DECISIONS}
    # Itself: it requeues a copy of an event that meets an open circuit.
    assert (queue["identities_that_may_send"], queue["others_that_may_invoke"]) == ([naming.agent("fraud")], [])
    assert {line.split(" ")[0] for line in queue["resource_policies"]} == {"events.amazonaws.com"}


def test_a_pattern_within_the_detail_is_shown_with_its_path(deployed):
    text = list(page(sheet_of("fraud", deployed)))
    assert "    detail.data.agent is fraud" in text
    assert "    detail-type is payment.succeeded" in text


def test_it_publishes_what_its_role_allows(deployed):
    (published,) = sheet_of("fraud", deployed)["publishes"]
    assert published["when"]["ForAllValues:StringEquals"]["events:source"] == ["agent.fraud"]


def test_the_policies_of_a_policy_file_are_shown_with_their_ids(deployed):
    found = policies(CEDAR)
    assert [(policy["id"], policy["effect"]) for policy in found] == [
        ("read-the-charge", "permit"),
        ("ask-about-much", "permit"),
    ]
    text = "\n".join(page({**sheet_of("fraud", deployed), "policies": found}))
    assert "ask-about-much: permit" in text
    assert "((context.arguments).amount) > 100" in text


def test_a_policy_file_that_is_not_cedar_is_one_clear_line():
    with pytest.raises(OperatorError, match="policy.cedar: "):
        policies("permit everything")


def test_an_agent_without_a_policy_file_is_shown_as_such(deployed):
    assert policies(None) is None
    assert "It has no policy.cedar" in "\n".join(page({**sheet_of("fraud", deployed), "policies": None}))


def test_the_sheet_is_json(deployed):
    found = sheet_of("fraud", deployed)
    assert json.loads(json.dumps(found))["role"] == ROLE


ARN = "arn:aws:lambda:REGION:ACCOUNT:function"
