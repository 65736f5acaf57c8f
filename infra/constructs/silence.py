"""The silence service, and an alarm for each source that falls silent."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import SilenceEnvironment
from functions.core.silence.deliveries import METRIC
from infra import naming
from infra.constructs.alarm import alarm
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
    """Watches all deployed sources. It reads CloudWatch's metrics and may do nothing else."""
    function = Function(
        scope,
        "Silence",
        settings=settings,
        name=naming.service("silence"),
        starts="functions.core.silence.handlers.silence",
        code=["functions/core"],
        environment=SilenceEnvironment(sources=",".join(source.name for source in sources)),
        seconds=SECONDS,
        allow=[READS_METRICS],
        tags=service_tags("silence", "Raise an alarm if a source falls silent"),
    )
    # A run that fails is made up for by the next one, so it has no dead-letter queue.
    function.function.configure_async_invoke(retry_attempts=0)
    target = targets.LambdaFunction(function.function, retry_attempts=0)
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
