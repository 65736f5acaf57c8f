"""What a month costs without a single event, from the synthesized templates. Pure."""

import json
from collections.abc import Mapping

from infra.templates import Deployed, Resource

# Lambda polls a standard queue with five long polls of 20 seconds, and so it does while nothing comes.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
MONTH_SECONDS = 30 * 24 * 3600
POLLS_A_MONTH = 5 * MONTH_SECONDS // 20
MONTHLY = {
    "AWS::SecretsManager::Secret": "secrets.month",
    "AWS::KMS::Key": "kms.month",
}


def idle_month(deployed: Deployed, about: str = "") -> Mapping[str, float]:
    """The amounts of a month, by unit; with `about`, a name, of those resources only whose properties name it."""
    amounts: dict[str, float] = {}
    for resource in deployed.resources:
        if about in f"{resource.name} {json.dumps(resource.properties, default=str)}":
            for unit, amount in _of(resource, deployed).items():
                amounts[unit] = amounts.get(unit, 0) + amount
    return amounts


def _of(resource: Resource, deployed: Deployed) -> Mapping[str, float]:
    if unit := MONTHLY.get(resource.type):
        return {unit: 1}
    if resource.type == "AWS::CloudWatch::Alarm":  # billed by its metrics
        metrics = [one for one in resource.properties.get("Metrics", ()) if "MetricStat" in one]
        return {"alarm.month": len(metrics) or 1}
    if resource.type == "AWS::Lambda::EventSourceMapping" and resource.properties.get("Enabled", True):
        fifo = str(resource.properties["EventSourceArn"]).endswith(".fifo")
        return {"sqs.fifo" if fifo else "sqs.standard": POLLS_A_MONTH}
    if config := resource.properties.get("ProvisionedConcurrencyConfig"):
        memory = deployed.functions[resource.properties["FunctionName"]].properties["MemorySize"] / 1024
        return {"lambda.provisioned_gb_second": config["ProvisionedConcurrentExecutions"] * memory * MONTH_SECONDS}
    return {}
