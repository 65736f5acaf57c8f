"""The silence service, invoked on a schedule: counts a metric for each source that is silent and usually is not."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.core.platform.environment import SilenceEnvironment
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform
from functions.core.platform.times import rfc3339
from functions.core.silence.deliveries import METRIC, heard


def start(platform: Platform) -> Handler:
    """The handler of the silence service."""
    sources = SilenceEnvironment.read(platform.environ).sources.split(",")
    cloudwatch = platform.client("cloudwatch")

    def handler(payload: Any, context: Any) -> None:
        """Raise the alarm of each silent source. Without a value its alarm ends, so the others cost nothing."""
        for name, source in heard(cloudwatch, sources, platform.clock()).items():
            if not source.is_silent or source.last is None or source.silence is None:
                continue
            log.warning("a source is silent", source=name, last=rfc3339(source.last), silence=round(source.silence, 2))
            with single_metric(METRIC, MetricUnit.NoUnit, source.silence, namespace="Hookline") as metric:
                metric.add_dimension("service", f"webhook.{name}")

    return handler
