"""The reconcile service: off unless a setting names a source, and able to do its part alone."""

import pytest

from functions.core.platform.errors import ManifestError
from infra import naming
from infra.templates import Deployed

SERVICE = naming.service("reconcile")
FUNCTIONS = {kind(name) for kind in (naming.connector, naming.verifier) for name in ("stripe", "typeform")}


@pytest.fixture(scope="module")
def scheduled(synthesize) -> Deployed:
    """Everything, with Stripe reconciled each hour, and Typeform, whose connector no agent uses, each two hours."""
    return Deployed.of(synthesize(reconcile="stripe=60,typeform=120"))


def aliases(deployed: Deployed) -> set[str]:
    """The functions with an alias of the reconcile service."""
    found = (one.properties for one in deployed.all("AWS::Lambda::Alias"))
    return {alias["FunctionName"] for alias in found if alias["Name"] == naming.RECONCILE}


def test_without_the_setting_nothing_of_it_is_deployed(deployed):
    assert SERVICE not in deployed.functions
    assert aliases(deployed) == set()
    assert "dynamodb:BatchGetItem" not in {permission.action for permission in deployed.boundary}


def test_the_service_may_list_compare_and_hand_over_and_nothing_else(scheduled):
    """It holds no secret and publishes nothing."""
    own = "dynamodb:LeadingKeys ForAllValues:StringLike {} and dynamodb:LeadingKeys Null false"
    assert [permission.what for permission in scheduled.may(SERVICE)] == [
        f"dynamodb:BatchGetItem on table/hookline-deliveries if {own.format('stripe:* | typeform:*')}",
        f"dynamodb:GetItem on table/hookline-deliveries if {own.format('reconcile#*')}",
        f"dynamodb:UpdateItem on table/hookline-deliveries if {own.format('reconcile#*')}",
        "lambda:InvokeFunction on function:hookline-connector-stripe:service-reconcile",
        "lambda:InvokeFunction on function:hookline-connector-typeform:service-reconcile",
        "lambda:InvokeFunction on function:hookline-verifier-stripe:service-reconcile",
        "lambda:InvokeFunction on function:hookline-verifier-typeform:service-reconcile",
        "logs:CreateLogStream on log-group:/aws/lambda/hookline-reconcile:*",
        "logs:PutLogEvents on log-group:/aws/lambda/hookline-reconcile:*",
        "sqs:SendMessage on hookline-audit-services",
        "sqs:SendMessage on hookline-reconcile-dead-letters",
    ]
    assert aliases(scheduled) == FUNCTIONS


def test_a_connector_that_only_lists_reads_its_own_credential(scheduled):
    """It has no operations, so no ledger and no budgets."""
    found = [one.what for one in scheduled.may(naming.connector("typeform"))]
    assert [one for one in found if "connectors/" in one] == [
        "secretsmanager:GetSecretValue on secret:hookline/connectors/typeform-??????"
    ]
    assert not [one for one in found if "ledger" in one or "budgets" in one]


def test_the_boundary_lets_it_work_and_no_other_identity_invokes_its_aliases(scheduled):
    """A permission that the boundary lacks would be none."""
    for permission in scheduled.may(SERVICE):
        allowed = [one for one in scheduled.boundary if one.action == permission.action]
        assert any(one.covers(permission.resource) for one in allowed), permission.what
    for alias in FUNCTIONS:
        arn = f"arn:aws:lambda:REGION:ACCOUNT:function:{alias}:{naming.RECONCILE}"
        assert scheduled.identities_with(arn, lambda action: action == "lambda:InvokeFunction") == {SERVICE}


def test_each_source_of_the_setting_has_a_schedule_of_its_own(scheduled):
    rules = [one.properties for one in scheduled.all("AWS::Events::Rule") if "reconcile" in str(one.properties).lower()]
    assert sorted((rule["ScheduleExpression"], rule["Targets"][0]["Input"]) for rule in rules) == [
        ("rate(1 hour)", '{"source":"stripe","scheduled":true}'),
        ("rate(2 hours)", '{"source":"typeform","scheduled":true}'),
    ]


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("strip=60", "source 'strip' has no reconcile.py; .*stripe.* can be reconciled.*did you mean stripe"),
        ("slack=60", "source 'slack' has no reconcile.py"),
        ("stripe=often", "reconcile stripe, in minutes,: 'often' is not a whole number"),
        ("stripe=0", "not a whole number from 1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_the_reason(synthesize, setting, why):
    with pytest.raises(ManifestError, match=why):
        synthesize(reconcile=setting)
