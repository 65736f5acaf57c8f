"""What each identity may do: the synthesized policies, statement by statement."""

import ast
import json
from collections import Counter
from difflib import ndiff
from pathlib import Path

import pytest

from functions.core.events.reviews import (
    APPROVAL_REPORTED,
    APPROVAL_REQUIRED,
    DECISIONS,
    REVIEW_OPENED,
    REVIEW_SETTLED,
    SOURCE,
)
from functions.core.events.tasks import OF_MANAGERS, TASK_ASSIGNED, TASK_REPORTED
from functions.core.manifests.credentials import has_secret
from infra import naming
from tests.infra.found import declared_project, managers
from tests.infra.permitted import queue_arn, reads

pytestmark = pytest.mark.synth

EXPECTED = Path(__file__).with_name("permissions.txt")
UPDATE = "python -m pytest tests/infra --update-permissions"
HEADER = f"""\
# What each identity may do, the boundary around all of them, and whom resources let in: one line each.
# A line more is a permission more, so review the diff. Written by: {UPDATE}

"""


def clock_role(name=naming.REVIEW_CLOCK):
    return f"arn:aws:iam::ACCOUNT:role/{naming.role(name, 'REGION')}"


def verifiers():
    return {naming.verifier(source) for source in declared_project().sources}


def allowed_events(publishing):
    """The sources and detail types of a permission to publish, which bind every event of a request.

    AWS gives both keys the values of all events of a request, or may: an operator without ForAllValues would be
    fulfilled by one event for all of them, and ForAllValues alone by a request without the key.
    """
    (operator, values), (null, present) = publishing.when.items()
    assert operator in ("ForAllValues:StringEquals", "ForAllValues:StringLike")
    assert (null, present) == ("Null", dict.fromkeys(values, "false"))
    return values["events:source"], values.get("events:detail-type", [])


def test_every_permission_is_in_the_reviewed_list(deployed, pytestconfig):
    lines = sorted(map(str, [*deployed.permissions, *deployed.boundary, *deployed.resource_policies]))
    if pytestconfig.getoption("--update-permissions", default=False):
        EXPECTED.write_text(HEADER + "\n".join(lines) + "\n")
    reviewed = EXPECTED.read_text().removeprefix(HEADER).splitlines()
    changed = [line for line in ndiff(reviewed, lines) if line.startswith(("+ ", "- "))]
    if changed:
        pytest.fail("\n".join([*changed, f"Review what changed; then: {UPDATE}"]), pytrace=False)


def test_no_permission_is_granted_twice(deployed):
    given = Counter(map(str, deployed.permissions))
    assert [line for line, times in given.items() if times > 1] == []


# The service authorization reference of AWS names no resource for them: a role may call them on "*", or not at all.
WITHOUT_A_RESOURCE = {"cloudwatch:GetMetricData", "ses:GetSuppressedDestination"}


def test_no_statement_allows_every_action_or_every_resource(deployed):
    everyone = [*deployed.permissions, *deployed.boundary]
    wide = [p for p in everyone if "*" in p.action or "?" in p.action or p.resource == "*"]
    assert {p.action for p in wide} == WITHOUT_A_RESOURCE
    declare = {
        naming.connector(one.name)
        for one in declared_project().connectors.values()
        if any("*" in getattr(access, "resources", ()) for access in one.aws)
    }
    assert {p.who for p in deployed.permissions if p in wide} == {naming.service("silence"), *declare}


def test_no_identity_may_act_in_another_account_or_region(deployed):
    everyone = [*deployed.permissions, *deployed.boundary]
    named = (naming.bodies_bucket, naming.checkpoints_bucket, naming.records_bucket)
    buckets = [bucket("ACCOUNT", "REGION") for bucket in named]
    # A bucket's ARN has neither, a role's no region.
    inside = (":REGION:ACCOUNT:", "arn:aws:iam::ACCOUNT:", *(f"arn:aws:s3:::{bucket}" for bucket in buckets))
    outside = [p for p in everyone if not any(place in p.resource for place in inside)]
    assert [str(p) for p in outside if not is_model(p) and p.action not in WITHOUT_A_RESOURCE] == []


def is_model(permission) -> bool:
    """A model belongs to no account; in other regions it is called through a profile of this account only."""
    of_aws = permission.action.startswith("bedrock:") and "::foundation-model/" in permission.resource
    return of_aws and (":REGION::" in permission.resource or "inference-profile/" in json.dumps(permission.when))


def test_no_identity_may_change_permissions_or_assume_a_role(deployed):
    everyone = [*deployed.permissions, *deployed.boundary]
    powers = [p for p in everyone if p.action.startswith(("iam:", "sts:", "organizations:"))]
    # The review service passes to its schedules a role that can only invoke it, a manager one that can only send to it.
    held = {(p.who, p.action, p.resource) for p in deployed.permissions if p in powers}
    assert held == {
        (naming.service("reviews"), "iam:PassRole", clock_role()),
        *((naming.agent(name), "iam:PassRole", clock_role(naming.clock(name))) for name in managers()),
    }
    allowed = {clock_role(), *([clock_role(naming.clock("*"))] if managers() else [])}
    assert {(p.action, p.resource) for p in deployed.boundary if p in powers} == {("iam:PassRole", r) for r in allowed}


def test_a_role_is_passed_to_the_scheduler_only(deployed):
    passing = [p.when for p in deployed.permissions if p.action == "iam:PassRole"]
    assert passing == [{"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}] * len(passing)
    assert passing


def test_the_schedules_role_can_invoke_the_service_and_nothing_else(deployed):
    entrance = f"{deployed.functions[naming.service('reviews')].arn}:{naming.CLOCK}"
    assert [(p.action, p.resource) for p in deployed.may(naming.REVIEW_CLOCK)] == [("lambda:InvokeFunction", entrance)]


def test_only_schedules_in_the_services_group_get_that_role(deployed):
    (trust,) = (p for p in deployed.resource_policies if p.resource == clock_role())
    group = f"arn:aws:scheduler:REGION:ACCOUNT:schedule-group/{naming.REVIEWS_SCHEDULES}"
    assert trust.when == {"StringEquals": {"aws:SourceAccount": "ACCOUNT", "aws:SourceArn": group}}


def test_the_links_function_may_only_invoke_its_own_alias_of_the_service(deployed):
    entrance = f"{deployed.functions[naming.service('reviews')].arn}:{naming.LINKS}"
    held = {(p.action, p.resource) for p in deployed.may(naming.service("review_links"))}
    assert {one for one in held if not one[0].startswith("logs:")} == {("lambda:InvokeFunction", entrance)}


def test_only_the_service_signs_review_links_and_reads_or_writes_reviews(deployed):
    service = {naming.service("reviews")}
    (key,) = (s for s in deployed.all("AWS::SecretsManager::Secret") if s.name == naming.REVIEW_LINK_KEY)
    (table,) = (t for t in deployed.all("AWS::DynamoDB::Table") if t.name == naming.REVIEWS_TABLE)
    assert deployed.identities_with(key.arn, lambda action: True) == service
    assert deployed.identities_with(table.arn, lambda action: True) == service


def test_the_service_publishes_its_reviews_and_decisions_and_nothing_else(deployed):
    (publishing,) = (p for p in deployed.may(naming.service("reviews")) if p.action == "events:PutEvents")
    assert allowed_events(publishing) == ([SOURCE], [REVIEW_OPENED, *DECISIONS])


def test_the_boundary_allows_all_that_an_identity_may_do(deployed):
    dead = [
        str(permission)
        for permission in deployed.permissions
        if not any(
            allowed.action == permission.action
            and allowed.covers(permission.resource)
            and allowed.when in ({}, permission.when)
            for allowed in deployed.boundary
        )
    ]
    assert dead == []


def test_the_boundary_allows_no_action_that_no_identity_has(deployed):
    assert {p.action for p in deployed.boundary} == {p.action for p in deployed.permissions}


def test_every_identity_writes_its_own_log_and_no_other(deployed):
    logs = {(p.who, p.resource) for p in deployed.permissions if p.action.startswith("logs:")}
    own = "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/{}:*"
    assert logs == {(name, own.format(name)) for name in deployed.functions}


def test_no_agent_can_read_a_secret_or_an_object(deployed, agents):
    held = {p.action for agent in agents for p in deployed.may(agent)}
    assert held and {action.split(":")[0] for action in held}.isdisjoint({"secretsmanager", "ssm", "kms"})
    # A manager's own prefix (tests/infra/test_managers.py), and the records of what is recorded.
    assert {action for action in held if action.startswith("s3:")} <= {"s3:PutObject"}


def test_records_are_only_put_and_only_under_the_writers_own_name(deployed):
    """By recorded agents and the connectors that they use; nobody here reads, lists or deletes one."""
    project, bucket = declared_project(), f"arn:aws:s3:::{naming.records_bucket('ACCOUNT', 'REGION')}"
    recorded = [agent for agent in project.agents.values() if agent.recorded]
    used = {name for agent in recorded for name in agent.connectors}
    expected = {(naming.agent(agent.name), f"{bucket}/{agent.identity}/*") for agent in recorded}
    expected |= {(naming.connector(name), f"{bucket}/connector.{name}/*") for name in used}
    there = [p for p in deployed.permissions if p.resource.startswith(bucket)]
    assert recorded and {(p.who, p.resource) for p in there} == expected
    assert {p.action for p in there} == {"s3:PutObject"}


def test_an_agents_rows_and_queue_are_its_own(deployed, agents):
    shared = queue_arn(naming.AUDIT_QUEUES["agents"])
    for agent in agents:
        stored = {p.resource for p in deployed.may(agent) if p.action.startswith(("dynamodb:", "sqs:"))} - {shared}
        assert {arn.rpartition(":")[2].removeprefix("table/") for arn in stored} == {
            agent,
            f"{agent}-dead-letters",
            f"{agent}-idempotency",
        }


def test_an_agent_may_invoke_its_own_alias_of_the_connectors_that_it_declares(deployed):
    aliases = {
        f"{deployed.functions[alias.properties['FunctionName']].arn}:{alias.properties['Name']}"
        for alias in deployed.all("AWS::Lambda::Alias")
        if alias.properties["FunctionName"] != naming.service("reviews")
    }
    declared = {
        (naming.agent(agent.name), f"{deployed.functions[naming.connector(use.connector)].arn}:{agent.name}")
        for agent in declared_project().agents.values()
        for use in agent.uses
    }
    reviews = {naming.REVIEW_CLOCK, naming.service("review_links")}
    invoking = {
        (p.who, p.resource) for p in deployed.permissions if p.action.startswith("lambda:") and p.who not in reviews
    }
    assert invoking == declared
    assert aliases == {alias for _, alias in declared}


def test_an_agent_publishes_as_itself_and_only_what_it_declares(deployed):
    for agent in declared_project().agents.values():
        (publishing,) = (p for p in deployed.may(naming.agent(agent.name)) if p.action == "events:PutEvents")
        sources, detail_types = allowed_events(publishing)
        assert sources == [agent.identity]
        member = {TASK_REPORTED} if any(one.detail_type == TASK_ASSIGNED for one in agent.subscribes) else set()
        manager = set(OF_MANAGERS) if agent.workflow else set()
        settled = {APPROVAL_REPORTED} if any(one.detail_type == REVIEW_SETTLED for one in agent.subscribes) else set()
        assert sorted(detail_types) == sorted({*agent.publishes, APPROVAL_REQUIRED, *member, *manager, *settled})


def test_a_verifier_publishes_as_its_source(deployed):
    for source in declared_project().sources.values():
        (publishing,) = (p for p in deployed.may(naming.verifier(source.name)) if p.action == "events:PutEvents")
        assert allowed_events(publishing) == ([source.identity], [])


def test_only_agents_verifiers_the_drain_and_the_review_service_publish(deployed, agents):
    publishing = {p.who for p in deployed.permissions if p.action == "events:PutEvents"}
    assert publishing == {*agents, *verifiers(), naming.service("drain"), naming.service("reviews")}


def test_the_bus_has_no_resource_policy(deployed):
    # Without one, EventBridge accepts no events of other accounts.
    assert [resource.id for resource in deployed.resources if resource.type == "AWS::Events::EventBusPolicy"] == []


def test_only_verifiers_and_the_drain_publish_webhooks(deployed):
    publishing = [p for p in deployed.permissions if p.action == "events:PutEvents"]
    sources = {(p.who, source) for p in publishing for source in allowed_events(p)[0]}
    assert {who for who, source in sources if source.startswith("webhook.")} == verifiers() | {naming.service("drain")}


def test_the_drain_publishes_only_webhooks(deployed):
    (publishing,) = (p for p in deployed.may(naming.service("drain")) if p.action == "events:PutEvents")
    assert allowed_events(publishing) == (["webhook.*"], [])


def test_only_verifiers_send_to_the_queue_that_the_drain_publishes_from(deployed):
    queue = f"arn:aws:sqs:REGION:ACCOUNT:{naming.SPILL_QUEUE}"
    assert deployed.identities_with(queue, "sqs:SendMessage".__eq__) == verifiers()


def test_a_verifier_writes_and_reads_only_the_bodies_of_its_own_source(deployed):
    for source in declared_project().sources:
        bucket = f"arn:aws:s3:::{naming.bodies_bucket('ACCOUNT', 'REGION')}"
        places = {p.resource for p in deployed.may(naming.verifier(source)) if p.action.startswith("s3:")}
        assert places == {f"{bucket}/events/{source}:*", f"{bucket}/unreadable/{source}/*"}


def test_a_verifier_reads_only_the_signing_secret_of_its_own_source(deployed):
    for source in declared_project().sources:
        read = {p.resource for p in deployed.may(naming.verifier(source)) if p.action.startswith("secretsmanager:")}
        names = (naming.signing_secret(source), naming.GRANT_KEY)
        assert read == {f"arn:aws:secretsmanager:REGION:ACCOUNT:secret:{name}-??????" for name in names}


def test_only_its_connector_reads_a_providers_credential(deployed):
    secrets = [s for s in deployed.all("AWS::SecretsManager::Secret") if s.name.startswith(naming.credential(""))]
    readers = {secret.name: deployed.identities_with(secret.arn, lambda action: True) for secret in secrets}
    project = declared_project()
    assert readers == {
        naming.credential(name): {naming.connector(name)}
        for name, connector in project.connectors.items()
        if has_secret(connector.credential)
    }


def test_only_verifiers_connectors_context_and_reviews_read_the_grant_key(deployed):
    (key,) = (s for s in deployed.all("AWS::SecretsManager::Secret") if s.name == naming.GRANT_KEY)
    connectors = {naming.connector(name) for name in declared_project().connectors}
    services = {naming.service("context"), naming.service("reviews")}
    assert deployed.identities_with(key.arn, reads) == verifiers() | connectors | services


def test_a_connector_writes_only_its_own_rows_of_ledger_budgets_and_circuits(deployed):
    """One that is taken over must not delete another's claims, use up its budget, or close its circuit."""
    tables = (naming.LEDGER_TABLE, naming.BUDGETS_TABLE, naming.BREAKERS_TABLE)
    arns = {f"arn:aws:dynamodb:REGION:ACCOUNT:table/{table}" for table in tables}
    connectors = {naming.connector(name): f"{name}:*" for name in declared_project().connectors}
    writers = {
        who: rows
        for who, rows in connectors.items()
        if any(p.resource in arns for p in deployed.permissions if p.who == who)
    }
    assert writers
    given = {
        (who, p.when["ForAllValues:StringLike"]["dynamodb:LeadingKeys"][0], p.when["Null"]["dynamodb:LeadingKeys"])
        for who in writers
        for p in deployed.may(who)
        if p.resource in arns
    }
    assert given == {(who, rows, "false") for who, rows in writers.items()}


@pytest.mark.parametrize(
    "module",
    ["test_permissions.py", "test_audit_permissions.py", "test_queues.py", "test_ingress.py", "test_limits.py"],
)
def test_what_is_said_of_every_identity_names_none_that_is_shipped(module):
    """`make permissions` runs these tests on a user's agents, sources and connectors too."""
    project = declared_project()
    names = {*project.agents, *project.sources, *project.connectors} - {"context"}  # context is the engine's
    tree = ast.parse(Path(__file__).with_name(module).read_text())
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert {text for text in texts if text.removeprefix("webhook.").removeprefix("agent.") in names} == set()
