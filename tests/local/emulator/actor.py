"""A Lambda function that makes calls under a role of its own, and the queues that it consumes."""

import json
from dataclasses import dataclass
from typing import Any

from hookline.local.emulator import Emulator
from tests.local.emulator.resources import arn

DENIED = "AccessDeniedException"


class Refused(Exception):
    """The emulator's error code for a call under a role."""


@dataclass(frozen=True)
class Actor:
    """A function under a role of its own; tests/local/emulator/handler.py is its code."""

    emulator: Emulator
    name: str

    def calls(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make a call of AWS under the role and return the response; raises `Refused` with the error's code."""
        call = {"service": service, "operation": operation, "parameters": parameters}
        response = self.emulator.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(call))
        result = json.loads(response["Payload"].read())
        assert "FunctionError" not in response, result
        if "error" in result:
            raise Refused(result["error"])
        return result["answer"]

    def consumes(self, queue: str) -> None:
        """Map a queue to the function."""
        self.emulator.client("lambda").create_event_source_mapping(
            EventSourceArn=arn("sqs", queue),
            FunctionName=self.name,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )

    def seen(self, queue: str) -> list[str]:
        """What the function noted of each message from a queue, in the order received."""
        key = {"pk": {"S": arn("sqs", queue)}}
        rows = self.emulator.client("dynamodb")
        item = rows.get_item(TableName="seen", Key=key, ConsistentRead=True).get("Item", {})
        return [one["S"] for one in item.get("seen", {"L": []})["L"]]
