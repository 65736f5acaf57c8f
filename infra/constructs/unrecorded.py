"""An alarm for an identity whose records of runs or calls could not be written."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from functions.core.recording.records import UNRECORDED
from infra.constructs.alarm import PERIOD, alarm


def alarm_if_unrecorded(scope: Construct, identity: str) -> None:
    """Nothing else fails with such a record, so without the alarm nobody would miss it."""
    metric = cloudwatch.Metric(
        namespace="Hookline",
        metric_name=UNRECORDED,
        dimensions_map={"service": identity},
        statistic="Sum",
        period=PERIOD,
    )
    what = f"Records of {identity} were not written: 'hookline audit show --identity {identity}' says why"
    alarm(Construct(scope, f"Unrecorded-{identity}"), metric, 1, what, queue=False)
