"""Invokes connectors through this agent's own aliases."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.errors import Denied, RetryableError
from functions.core.runtime.tools import Invoke


def lambda_invoker(client: Any, arn: str, others: Mapping[str, Any] = MappingProxyType({})) -> Invoke:
    """The `invoke` of Tools for connectors behind Lambda aliases; `arn` holds {connector} in place of the name.

    `others` are the clients of connectors for which the agent does not wait as long, by the connector's name.

    The alias is part of the ARN, not a parameter, because IAM allows the alias' ARN only. `invoke` raises Denied if IAM
    refuses, and RetryableError if the connector cannot be invoked, does not answer or fails.
    """

    def invoke(connector: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        own, function = others.get(connector, client), arn.replace("{connector}", connector)
        try:
            answer = own.invoke(FunctionName=function, Payload=json.dumps(payload))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied"):
                raise Denied(f"IAM does not let this agent invoke {connector}") from error
            raise RetryableError(f"connector {connector} cannot be invoked: {error}") from error
        except BotoCoreError as error:
            raise RetryableError(f"connector {connector} did not answer: {error}") from error
        body = answer["Payload"].read()
        if "FunctionError" in answer:
            raise RetryableError(f"connector {connector} failed: {answer['FunctionError']}")
        said: Mapping[str, Any] = json.loads(body)
        return said

    return invoke
