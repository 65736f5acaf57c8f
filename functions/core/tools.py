"""What an agent may use, and nothing else: one object for each connector of its manifest, a method an operation."""

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.errors import Denied, PermanentError, RetryableError
from functions.core.event import Event
from functions.core.manifest import AgentManifest

# invoke(connector, payload) -> the connector's answer
Invoke = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]

_ERRORS = {"Denied": Denied, "PermanentError": PermanentError}


class Tools(SimpleNamespace):
    """`tools.stripe.charge_retrieve(charge="ch_…")` performs the declared operation charge.retrieve.

    Each call carries the grant of the event that woke the agent. Raises what the connector answered.
    """

    def __init__(self, manifest: AgentManifest, event: Event, deadline: float, invoke: Invoke) -> None:
        super().__init__()
        for use in manifest.uses:
            calls = {
                name.replace(".", "_"): _call(use.connector, name, event, deadline, invoke) for name in use.operations
            }
            setattr(self, use.connector, SimpleNamespace(**calls))


def _call(connector: str, operation: str, event: Event, deadline: float, invoke: Invoke) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:
        answer = invoke(
            connector,
            {
                "operation": operation,
                "arguments": arguments,
                "event": event.id,
                "correlation": event.correlationid,
                "grant": event.grant,
                "deadline": deadline,
            },
        )
        if "error" in answer:
            raise _error(answer["error"])
        return answer["result"]

    return call


def _error(error: Mapping[str, Any]) -> Exception:
    permanent = _ERRORS.get(error["kind"])
    return permanent(error["message"]) if permanent else RetryableError(error["message"], error["retry_after"])


def lambda_invoker(client: Any, arn: str) -> Invoke:
    """The `invoke` of Tools for connectors behind Lambda aliases; `arn` holds {connector} for the name.

    The alias is part of the ARN, not a parameter: it is the alias' ARN that IAM allows.
    """

    def invoke(connector: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = client.invoke(FunctionName=arn.replace("{connector}", connector), Payload=json.dumps(payload))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied"):
                raise Denied(f"IAM does not let this agent invoke {connector}") from error
            raise RetryableError(f"connector {connector} cannot be invoked: {error}") from error
        except BotoCoreError as error:
            raise RetryableError(f"connector {connector} did not answer: {error}") from error
        body = answer["Payload"].read()
        if "FunctionError" in answer:
            raise RetryableError(f"connector {connector} failed: {answer['FunctionError']}")
        return json.loads(body)

    return invoke
