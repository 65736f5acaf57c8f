"""Alarms that notify people through the topic of the shared stack."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra import naming
from infra.constructs import arns

PERIOD = Duration.minutes(1)  # the shortest of SQS' metrics


def alarm(scope: Construct, metric: cloudwatch.Metric, threshold: int, description: str, queue: bool = True) -> None:
    """An alarm that fires at the first value of `metric` that reaches `threshold`.

    A `queue`'s ends with a lower value, another's also when no value follows.
    """
    found = cloudwatch.Alarm(
        scope,
        "Alarm",
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        # SQS sends no metrics after about six hours without activity. The alarm must not end while messages remain.
        treat_missing_data=cloudwatch.TreatMissingData.IGNORE if queue else cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    topic = sns.Topic.from_topic_arn(scope, "Alarms", arns.arn("sns", naming.ALARMS_TOPIC))
    found.add_alarm_action(actions.SnsAction(topic))
