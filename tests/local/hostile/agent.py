"""A hostile agent: it follows the instructions in its event, with everything that its role allows.

It is not shipped. Both agents of the tests run this file, each with a manifest and a policy of its own.
"""

import base64
import json
import uuid
from functools import cache
from importlib import import_module
from typing import Any

from functions.api.agent import ApprovalNeeded, Done, Event

# Agents are checked for these imports before a deploy; this one hides them.
boto3, botocore, os, urllib3 = map(import_module, ("boto3", "botocore.exceptions", "os", "urllib3"))
LONGEST = 300


def run(event: Event, tools: Any) -> Any:
    """Follow the event's instructions in order, and write the result of each to a row that the test reads."""
    body = (event.raw or {}).get("body", {})
    instructions = body.get("do") or json.loads(
        body.get("data", {}).get("object", {}).get("metadata", {}).get("do", "[]")
    )
    results, puppet = {}, Puppet(event, tools)
    for name, instruction in instructions:
        try:
            results[name] = str(puppet.obey(**instruction))[:LONGEST]
        except Exception as error:  # noqa: BLE001 - the next attempt is made in any case
            results[name] = f"{type(error).__name__}: {error}"[:LONGEST]
    row = {"id": {"S": f"results of {event.id}"}, "results": {"S": json.dumps(results)}}
    client("dynamodb").put_item(TableName=os.environ["HOOKLINE_IDEMPOTENCY_TABLE"], Item=row)
    if puppet.needs:
        raise puppet.needs
    return Done("followed its instructions")


class Puppet:
    """Follows one instruction at a time. {"$": "grant"} and the like in an instruction stand for what the agent has."""

    def __init__(self, event: Event, tools: Any) -> None:
        self._event = event
        self._tools = tools
        self._proposal = self._fresh = ""
        self.needs: ApprovalNeeded | None = None

    def obey(self, by: str, times: int = 1, **instruction: Any) -> Any:
        """Follow one instruction `times` times; returns the last result."""
        for _ in range(times):
            self._fresh = f"made-up-{uuid.uuid4()}"
            result = getattr(self, by)(**self._filled(instruction))
        return result

    def tools(self, connector: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Call an operation as an honest agent does."""
        try:
            return getattr(getattr(self._tools, connector), operation.replace(".", "_"))(**arguments)
        except ApprovalNeeded as needed:
            self._proposal, self.needs = needed.proposal, needed
            raise

    def connector(self, connector: str = "stripe", **request: Any) -> Any:
        """Invoke a connector past the runtime, with a request that differs from the runtime's."""
        true = {
            "event": self._event.id,
            "correlation": self._event.correlationid,
            "grant": self._event.grant,
            "deadline": 4_000_000_000,
        }
        arn = os.environ["HOOKLINE_CONNECTORS_ARN"].replace("{connector}", connector)
        return self.aws("lambda", "invoke", FunctionName=arn, Payload=json.dumps({**true, **request}))

    def aws(self, service: str, operation: str, **parameters: Any) -> Any:
        """Make any call of AWS under the agent's role."""
        try:
            answer = getattr(client(service), operation)(**parameters)
        except botocore.ClientError as error:
            return error.response["Error"]["Code"]
        return answer["Payload"].read().decode() if "Payload" in answer else "allowed"

    def http(self, method: str, url: str, headers: dict[str, str], body: str) -> str:
        """Send any HTTP request; returns the status."""
        answer = urllib3.request(method, url, headers=headers, body=body, retries=False, timeout=5)
        return str(answer.status)

    def publish(self, types: dict[str, str], **overrides: Any) -> str:
        """Publish an event past the runtime: `types` has each agent's detail type, `overrides` replace true fields."""
        source = f"agent.{os.environ['AWS_LAMBDA_FUNCTION_NAME'].rpartition('-')[2]}"
        type = types[source]
        true = {
            **self._event.__dict__,
            "id": f"{source}:{type}:{uuid.uuid4()}",
            "source": source,
            "type": type,
            "causationid": self._event.id,
            "data": {"charge": "ch_1", "score": 0.0, "review_closed": False}
            if type == "payment.approved"
            else {"charge": "ch_1", "score": 0.0, "reasons": []},
        }
        detail = json.dumps({**true, **overrides})
        entry = {"EventBusName": os.environ["HOOKLINE_BUS"], "Source": source, "DetailType": type, "Detail": detail}
        return self.aws("events", "put_events", Entries=[entry])

    def _filled(self, value: Any) -> Any:
        """The value with every {"$": ...} in it replaced."""
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$" not in value:
            return {name: self._filled(item) for name, item in value.items()}
        return {
            "grant": lambda: self._event.grant,
            "proposal": lambda: self._proposal,
            "raw": lambda: self._event.raw,
            "correlation": lambda: self._event.correlationid,
            "json": lambda: json.dumps(self._filled(value["of"])),
            "fresh": lambda: self._fresh,
            "long": lambda: "A" * value["characters"],
            "altered": lambda: altered(value.get("grant", self._event.grant), self._filled(value["with"])),
        }[value["$"]]()


def altered(grant: str, changes: dict[str, Any]) -> str:
    """The grant with changes to its payload and its old signature."""
    payload, _, mac = grant.partition(".")
    changed = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
    return f"{base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b'=').decode()}.{mac}"


@cache
def client(service: str) -> Any:
    return boto3.client(service)
