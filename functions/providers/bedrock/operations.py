"""Calls Bedrock's Converse, and maps its errors by what happens next."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from functions.api.performer import (
    PATIENCE_SECONDS,
    SHORTEST_CALL,
    Busy,
    ConfigurationError,
    ConnectorEnvironment,
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    OutOfTime,
    Platform,
    Prices,
    Refused,
    RetryableError,
    Spend,
    Unreachable,
    Usage,
)
from functions.providers.bedrock import meter
from functions.providers.bedrock.blobs import decoded, encoded

SERVICE = "bedrock-runtime"
COUNT_SECONDS = 3  # for CountTokens; without its answer, the bytes are the bound
LONGEST_STEP = 5  # seconds: a client for each number of seconds would be too many

# By the documentation of Converse: nothing was done, and a retry can succeed.
BUSY = ("ThrottlingException", "TooManyRequestsException", "ModelNotReadyException", "ServiceQuotaExceededException")
# The service takes no calls; it never came to the model.
UNREACHABLE = ("ServiceUnavailableException",)
# The account or the deployment has to change: model access, the role, the id of the model.
CONFIGURATION = (
    "AccessDeniedException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "InvalidSignatureException",
)
REFUSED = ("ValidationException",)
TOO_LONG = re.compile(r"too long|too many (input )?tokens|context (length|window)|exceeds? the max", re.IGNORECASE)


def performer(manifest: ConnectorManifest, platform: Platform) -> "Bedrock":
    """The performer of the deployed connector."""
    prices = Prices(manifest, ConnectorEnvironment.read(platform.environ).prices)
    return Bedrock(prices, lambda seconds: platform.patient_client(SERVICE, seconds))


class Bedrock:
    """Performs `converse`, and is its meter; `client` returns a client that waits for so many seconds."""

    def __init__(self, prices: Prices, client: Callable[[int], Any]) -> None:
        self._prices = prices
        self._client = client

    def credential(self) -> str:
        """The connector's role, which never changes."""
        return "role"

    def most(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> Spend:
        """The largest answer, and the prompt as CountTokens counts it, or else by its bytes."""
        meter.check_inside(arguments)
        output = meter.largest_answer(arguments)
        counted = self._counted(arguments) if meter.counts(arguments["modelId"]) and seconds > COUNT_SECONDS else None
        prompt = meter.upper_bound(arguments) if counted is None else counted
        return self._prices.most(arguments["modelId"], prompt, output, meter.writes_cache(arguments))

    def used(self, operation: Operation, arguments: Mapping[str, Any], answer: Any) -> Usage:
        """What the answer reports."""
        return self._prices.used(arguments["modelId"], meter.used(answer), str(answer["stopReason"]))

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Converse's response. Raises the errors of `functions.api.performer`, never with text of the prompt in them.

        An answer that Bedrock filtered is an answer: its stopReason says so.
        """
        if seconds < SHORTEST_CALL:
            raise RetryableError(f"{seconds:.1f} s are left, too few to call bedrock")
        client = self._client(_whole(seconds))
        request = _request(client, "Converse", arguments)
        try:
            answer = client.converse(**request)
        except Exception as error:  # noqa: BLE001 - botocore reads any body as if it had the right shape
            raise failure(error, seconds) from None
        return _checked(answer)

    def _counted(self, arguments: Mapping[str, Any]) -> int | None:
        """The tokens of the prompt as the provider counts them, None if it does not."""
        prompt = {name: arguments[name] for name in meter.COUNTED if name in arguments}
        request = {"modelId": meter.base_model(arguments["modelId"]), "input": {"converse": prompt}}
        client = self._client(COUNT_SECONDS)
        try:
            number = client.count_tokens(**_request(client, "CountTokens", request))["inputTokens"]
        except Exception:  # noqa: BLE001 - the call itself shows what is wrong; the bytes are a bound in any case
            return None
        return number if type(number) is int and number >= 0 else None


def failure(error: Exception, seconds: float) -> Exception:
    """The error of a call that had `seconds`, by what happens next."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, ParamValidationError):
        places = sorted(set(re.findall(r"(?:parameter|in) ([\w.\[\]]+)", str(error))) - {"input"})
        return Refused(f"the request is not one of Converse's: see {', '.join(places) or 'its parameters'}")
    if isinstance(error, NoCredentialsError):
        return ConfigurationError("the connector bedrock has no credentials of its role")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return Unreachable("bedrock cannot be reached")
    if isinstance(error, ReadTimeoutError) and seconds < PATIENCE_SECONDS:
        return OutOfTime(f"bedrock did not answer within the {seconds:.1f} s that were left")
    if isinstance(error, ReadTimeoutError | ConnectionError):
        return OutcomeUnknown(f"bedrock did not answer within {seconds:.0f} s")
    return OutcomeUnknown(f"bedrock answered what cannot be read: {type(error).__name__}")


def _answered(error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = f"bedrock answered {code[:80]}"
    if code in BUSY:
        return Busy(said)
    if code in UNREACHABLE:
        return Unreachable(said)
    if code in CONFIGURATION:
        return ConfigurationError(f"{said}: check the model's id, its access in this account and region, and the role")
    if code in REFUSED:  # its message may quote the prompt
        is_long = TOO_LONG.search(str(error.response["Error"].get("Message", "")))
        return Refused(f"{said}: {'the prompt is too long for the model' if is_long else 'the request is invalid'}")
    return OutcomeUnknown(said)  # ModelTimeoutException, ModelErrorException, InternalServerException, and others


def _request(client: Any, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    shape = client.meta.service_model.operation_model(operation).input_shape
    try:
        request: Mapping[str, Any] = decoded(shape, arguments)
    except ValueError as error:
        raise Refused(f"the request is not one of Converse's: {error}") from None
    return request


def _checked(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as JSON holds it, without the headers. Raises OutcomeUnknown unless it says what it is and used."""
    fields = {name: encoded(value) for name, value in answer.items() if name != "ResponseMetadata"}
    metadata = answer.get("ResponseMetadata", {})
    try:
        meter.used(fields)
        message = fields["output"]["message"]
        good = isinstance(message["content"], list) and isinstance(fields["stopReason"], str)
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise OutcomeUnknown("bedrock answered without a message, a stop reason or its usage")
    kept = {name: metadata[name] for name in ("RequestId", "HTTPStatusCode") if name in metadata}
    return {**fields, "ResponseMetadata": kept}


def _whole(seconds: float) -> int:
    """Whole seconds, in steps: each number of them is a client."""
    whole = max(1, int(seconds))
    return whole if whole < 2 * LONGEST_STEP else whole - whole % LONGEST_STEP
