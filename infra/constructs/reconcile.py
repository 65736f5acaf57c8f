"""The reconcile service, and a schedule for each source that the settings name."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from functions.core.platform.environment import ReconcileEnvironment
from functions.core.reconcile.table import ROW
from infra import naming
from infra.bundling import PROVIDERS
from infra.constructs import arns
from infra.constructs.consumer import DeadLetters
from infra.constructs.function import Function, may, may_audit, only_rows
from infra.settings import Settings
from infra.tags import service_tags

SECONDS = 300
IDENTITY = "service.reconcile"


def reconcile_service(scope: Construct, settings: Settings, names: Sequence[str]) -> None:
    """The service for the sources `names`.

    It neither publishes events nor holds a credential: connectors list, and verifiers publish.
    """
    name = naming.service("reconcile")
    connectors = [arns.alias_arn(naming.connector(one), naming.RECONCILE) for one in names]
    verifiers = [arns.alias_arn(naming.verifier(one), naming.RECONCILE) for one in names]
    deliveries = arns.table_arn(naming.DELIVERIES_TABLE)
    function = Function(
        scope,
        "Reconcile",
        settings=settings,
        name=name,
        starts="functions.core.reconcile.handlers.reconcile",
        code=["functions/core", "functions/api"]
        + [f"{PROVIDERS}/{one}/{file}" for one in names for file in ("source.py", "reconcile.py")],
        environment=ReconcileEnvironment(
            audit_queue_url=arns.audit_queue_url(IDENTITY),
            deliveries_table=naming.DELIVERIES_TABLE,
            sources=",".join(names),
            connectors_arn=arns.alias_arn(naming.connector("{connector}"), naming.RECONCILE),
            verifiers_arn=arns.alias_arn(naming.verifier("{connector}"), naming.RECONCILE),
        ),
        seconds=SECONDS,
        allow=[
            may("lambda:InvokeFunction", on=[*connectors, *verifiers]),
            may("dynamodb:BatchGetItem", on=[deliveries], when=only_rows(*(f"{one}:*" for one in names))),
            may("dynamodb:GetItem", "dynamodb:UpdateItem", on=[deliveries], when=only_rows(f"{ROW}*")),
            may("sqs:SendMessage", on=[arns.arn("sqs", naming.dead_letters(name))]),
            may_audit(IDENTITY),
        ],
        tags=service_tags("reconcile", "Find what providers sent and what did not arrive"),
    )
    failed = DeadLetters(scope, "Unreconciled", settings=settings, name=name)
    # One retry: what a provider's outage hid is found by the next run.
    function.function.configure_async_invoke(on_failure=destinations.SqsDestination(failed.queue), retry_attempts=1)
    for one in names:
        if one in settings.reconcile:
            payload = events.RuleTargetInput.from_object({"source": one, "scheduled": True})
            target = targets.LambdaFunction(function.function, event=payload, dead_letter_queue=failed.queue)
            rate = events.Schedule.rate(Duration.minutes(settings.reconcile[one]))
            events.Rule(scope, f"Reconcile-{one}", schedule=rate, targets=[target])
