"""The silence service, and an alarm for each source that falls silent."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import SilenceEnvironment
from functions.core.silence.deliveries import METRIC
from infra import naming
from infra.constructs import arns
from infra.constructs.alarm import alarm
from infra.constructs.consumer import DeadLetters
from infra.constructs.function import Function, may
from infra.settings import Settings
from infra.tags import service_tags

EVERY = Duration.minutes(15)
# Two runs, so that one falls into each period, whenever the rule fires.
PERIOD = Duration.minutes(30)
SECONDS = 60
# CloudWatch knows no resource of it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
READS_METRICS = may("cloudwatch:GetMetricData", on=["*"])


def silence_service(scope: Construct, settings: Settings, sources: Sequence[SourceManifest]) -> None:
    """Watches all deployed sources. It reads CloudWatch's metrics; a run that fails becomes a dead letter."""
    name = naming.service("silence")
    function = Function(
        scope,
        "Silence",
        settings=settings,
        name=name,
        starts="functions.core.silence.handlers.silence",
        code=["functions/core"],
        environment=SilenceEnvironment(sources=",".join(source.name for source in sources)),
        seconds=SECONDS,
        allow=[READS_METRICS, may("sqs:SendMessage", on=[arns.arn("sqs", naming.dead_letters(name))])],
        tags=service_tags("silence", "Raise an alarm if a source falls silent"),
    )
    # Without its alarm, nobody would know that nobody watches.
    failed = DeadLetters(scope, "Unwatched", settings=settings, name=name)
    function.function.configure_async_invoke(on_failure=destinations.SqsDestination(failed.queue), retry_attempts=1)
    target = targets.LambdaFunction(function.function, dead_letter_queue=failed.queue)
    events.Rule(scope, "WatchSilence", schedule=events.Schedule.rate(EVERY), targets=[target])
    for source in sources:
        metric = cloudwatch.Metric(
            namespace="Hookline",
            metric_name=METRIC,
            dimensions_map={"service": source.identity},
            statistic="Maximum",
            period=PERIOD,
        )
        what = f"{source.name} usually sends deliveries at this time, and none came: 'hookline sources activity'"
        alarm(Construct(scope, f"Silent-{source.name}"), metric, 1, what, queue=False)
