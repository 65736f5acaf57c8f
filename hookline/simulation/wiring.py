"""What the synthesized templates say about queues, rules, functions and tables: what a simulated account is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hookline.simulation.bus import Rule
from infra.templates import Deployed, Resource, function_of


@dataclass(frozen=True)
class QueueSpec:
    """A queue: its visibility timeout in seconds; after `tries` receives a message moves to `dead_letters`."""

    name: str
    visibility_timeout: float
    tries: int
    dead_letters: str


@dataclass(frozen=True)
class FunctionSpec:
    """A function: how long it may run in seconds, its environment variables, its aliases, and RecursiveLoop."""

    name: str
    seconds: float
    environment: Mapping[str, str]
    aliases: frozenset[str]
    may_loop: bool


@dataclass(frozen=True)
class MappingSpec:
    """An event source mapping: the function that receives batches of the queue."""

    queue: str
    function: str
    batch: int


@dataclass(frozen=True)
class Wiring:
    """Everything that a simulated account is made of. `tables` are requests to create DynamoDB's tables."""

    queues: Sequence[QueueSpec]
    functions: Sequence[FunctionSpec]
    mappings: Sequence[MappingSpec]
    rules: Sequence[Rule]
    tables: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, deployed: Deployed) -> "Wiring":
        """The wiring of what is deployed. Schedules are left out: nothing wakes a function on its own."""
        aliases = [alias.properties for alias in deployed.all("AWS::Lambda::Alias")]
        return cls(
            queues=[_queue(one) for one in deployed.queues.values()],
            functions=[
                FunctionSpec(
                    name,
                    float(one.properties["Timeout"]),
                    one.properties["Environment"]["Variables"],
                    frozenset(alias["Name"] for alias in aliases if alias["FunctionName"] == name),
                    one.properties.get("RecursiveLoop") == "Allow",
                )
                for name, one in deployed.functions.items()
            ],
            mappings=[
                _mapping(one.properties)
                for one in deployed.all("AWS::Lambda::EventSourceMapping")
                if one.properties.get("Enabled", True)
            ],
            rules=[
                Rule(rule.properties["EventPattern"], _last(target["Arn"]))
                for rule in deployed.all("AWS::Events::Rule")
                if "EventPattern" in rule.properties
                for target in rule.properties["Targets"]
            ],
            tables=[_table(one.properties) for one in deployed.all("AWS::DynamoDB::Table")],
        )


def _queue(queue: Resource) -> QueueSpec:
    redrive = queue.properties.get("RedrivePolicy", {})
    dead_letters, tries = _last(redrive.get("deadLetterTargetArn", "")), int(redrive.get("maxReceiveCount", 0))
    return QueueSpec(queue.name, float(queue.properties.get("VisibilityTimeout", 30)), tries, dead_letters)


def _mapping(mapping: Mapping[str, Any]) -> MappingSpec:
    batch = int(mapping.get("BatchSize", 10))  # SQS' default
    return MappingSpec(_last(mapping["EventSourceArn"]), function_of(mapping["FunctionName"]), batch)


def _table(table: Mapping[str, Any]) -> Mapping[str, Any]:
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in table.get("GlobalSecondaryIndexes", ())
    ]
    return {
        "TableName": table["TableName"],
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": table["KeySchema"],
        "AttributeDefinitions": table["AttributeDefinitions"],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def _last(arn: str) -> str:
    return arn.rpartition(":")[2]
