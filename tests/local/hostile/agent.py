"""An agent that is wholly taken over: it does what its event says, with everything that its role lets it do.

It is not shipped. Both agents of the test are made of this file, each with a manifest and a policy
of its own.
"""

import base64
import json
import uuid
from functools import cache
from importlib import import_module
from typing import Any

from functions.api.agent import ApprovalNeeded, Done, Event

# What is looked at before a deploy is what an honest agent writes; this one hides what it reaches out with.
boto3, botocore, os, urllib3 = map(import_module, ("boto3", "botocore.exceptions", "os", "urllib3"))
LONGEST = 300


def run(event: Event, tools: Any) -> Any:
    """Do the event's instructions in turn, and keep what came of each where the test looks for it."""
    body = (event.raw or {}).get("body", {})
    told = body.get("do") or json.loads(body.get("data", {}).get("object", {}).get("metadata", {}).get("do", "[]"))
    came, puppet = {}, Puppet(event, tools)
    for name, instruction in told:
        try:
            came[name] = str(puppet.obey(**instruction))[:LONGEST]
        except Exception as error:  # noqa: BLE001 - whatever stops one attempt, the next is made
            came[name] = f"{type(error).__name__}: {error}"[:LONGEST]
    row = {"id": {"S": f"came of {event.id}"}, "came": {"S": json.dumps(came)}}
    client("dynamodb").put_item(TableName=os.environ["HOOKLINE_IDEMPOTENCY_TABLE"], Item=row)
    if puppet.needs:
        raise puppet.needs
    return Done("did as it was told")


class Puppet:
    """Obeys single instructions; whoever wrote them can refer to what the agent has: {"$": "grant"} and the like."""

    def __init__(self, event: Event, tools: Any) -> None:
        self._event = event
        self._tools = tools
        self._propose = self._fresh = ""
        self.needs: ApprovalNeeded | None = None

    def obey(self, by: str, times: int = 1, **told: Any) -> Any:
        """Do one instruction `times` times and give the last answer."""
        for _ in range(times):
            self._fresh = f"made-up-{uuid.uuid4()}"
            answer = getattr(self, by)(**self._filled(told))
        return answer

    def tools(self, connector: str, operation: str, arguments: dict[str, Any]) -> Any:
        """As an honest agent calls a connector."""
        try:
            return getattr(getattr(self._tools, connector), operation.replace(".", "_"))(**arguments)
        except ApprovalNeeded as needed:
            self._propose, self.needs = needed.proposal, needed
            raise

    def connector(self, connector: str = "stripe", **request: Any) -> Any:
        """A request of its own making, whatever the runtime would have sent."""
        true = {
            "event": self._event.id,
            "correlation": self._event.correlationid,
            "grant": self._event.grant,
            "deadline": 4_000_000_000,
        }
        arn = os.environ["HOOKLINE_CONNECTORS_ARN"].replace("{connector}", connector)
        return self.aws("lambda", "invoke", FunctionName=arn, Payload=json.dumps({**true, **request}))

    def aws(self, service: str, operation: str, **parameters: Any) -> Any:
        """Any call of AWS, with the credentials of its role."""
        try:
            answer = getattr(client(service), operation)(**parameters)
        except botocore.ClientError as error:
            return error.response["Error"]["Code"]
        return answer["Payload"].read().decode() if "Payload" in answer else "allowed"

    def http(self, method: str, url: str, headers: dict[str, str], body: str) -> str:
        """Any call of anybody."""
        answer = urllib3.request(method, url, headers=headers, body=body, retries=False, timeout=5)
        return str(answer.status)

    def say(self, types: dict[str, str], **lies: Any) -> str:
        """Publish an event past the runtime: `types` is what each agent says, `lies` stand in place of what is true."""
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
        detail = json.dumps({**true, **lies})
        entry = {"EventBusName": os.environ["HOOKLINE_BUS"], "Source": source, "DetailType": type, "Detail": detail}
        return self.aws("events", "put_events", Entries=[entry])

    def _filled(self, told: Any) -> Any:
        if isinstance(told, list):
            return [self._filled(item) for item in told]
        if not isinstance(told, dict):
            return told
        if "$" not in told:
            return {name: self._filled(value) for name, value in told.items()}
        return {
            "grant": lambda: self._event.grant,
            "proposal": lambda: self._propose,
            "raw": lambda: self._event.raw,
            "correlation": lambda: self._event.correlationid,
            "json": lambda: json.dumps(self._filled(told["of"])),
            "fresh": lambda: self._fresh,
            "long": lambda: "A" * told["characters"],
            "altered": lambda: altered(told.get("grant", self._event.grant), self._filled(told["with"])),
        }[told["$"]]()


def altered(grant: str, changes: dict[str, Any]) -> str:
    """The grant with other words and the signature that it had."""
    payload, _, mac = grant.partition(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
    return f"{base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b'=').decode()}.{mac}"


@cache
def client(service: str) -> Any:
    return boto3.client(service)
