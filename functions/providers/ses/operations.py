"""Calls SES v2, and maps its errors by what happens next."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from functions.api.performer import (
    SHORTEST_CALL,
    Busy,
    ConfigurationError,
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    Platform,
    Refused,
    Unreachable,
    addresses,
)

SERVICE = "sesv2"
LONGEST_STEP = 5  # seconds: a client for each number of seconds would be too many
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors, CommonErrors.html.
# Nothing was sent, and a retry can succeed.
BUSY = ("TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException")
UNREACHABLE = ("ServiceUnavailable", "ServiceUnavailableException")
# Nothing was sent, and nothing will be until somebody changes the account, the identity or the role.
CONFIGURATION: Mapping[str, str] = {
    "SendingPausedException": "sending is paused for the account or the configuration set: see Reputation metrics",
    "AccountSuspendedException": "AWS suspended sending for the account: see the case in AWS Support",
    "MailFromDomainNotVerifiedException": "the MAIL FROM domain of the identity is not verified",
    "NotFoundException": "the identity, the configuration set or the contact list does not exist in this region",
    **dict.fromkeys(("AccessDeniedException", "AccessDenied"), "the connector's role does not allow it"),
    **dict.fromkeys(
        ("UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "SignatureDoesNotMatch"),
        "AWS does not accept the credentials of the connector's role",
    ),
}
REFUSED: Mapping[str, str] = {
    "MessageRejected": "SES does not take this message: in its sandbox each recipient must be verified",
    "BadRequestException": "the message is not as SES takes it",
}
"""The errors of SES are answers: nothing was sent. Every other failure leaves that open."""


def performer(manifest: ConnectorManifest, platform: Platform) -> "Ses":
    """The performer of the deployed connector."""
    return Ses(lambda seconds: platform.patient_client(SERVICE, seconds))


class Ses:
    """Performs the operations; `client` returns a client that waits for so many seconds and repeats no request."""

    def __init__(self, client: Callable[[int], Any]) -> None:
        self._client = client

    def credential(self) -> str:
        """The connector's role, which never changes."""
        return "role"

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`. Raises the errors of `functions.api.performer`, never with text of a message in them."""
        if seconds < SHORTEST_CALL:
            raise Busy(f"{seconds:.1f} s are left, too few to call ses")
        client = self._client(_whole(seconds))
        performs = {"email.send": _send, "suppression.read": _suppression, "subscription.read": _subscription}
        return performs[operation.name](client, arguments, seconds)


def message(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The request of SendEmail: one recipient, plain text, and a link to unsubscribe.

    SES adds List-Unsubscribe and List-Unsubscribe-Post by the contact list (RFC 8058), and does not send to a person
    who left it or its topic.
    """
    tags = {"hookline": arguments["hookline"], "campaign": arguments.get("campaign", "")}
    wrong = [name for name, value in tags.items() if value and not TAG.fullmatch(value)]
    if wrong:
        raise Refused(f"{', '.join(wrong)}: letters, digits, '-' and '_', as SES takes in tags")
    if any(mark in arguments["subject"] for mark in "\r\n"):
        raise Refused("subject has more than one line")
    topic = {"TopicName": arguments["topic"]} if arguments.get("topic") else {}
    return {
        "FromEmailAddress": arguments["identity"],
        "Destination": {"ToAddresses": [arguments["recipient"]]},
        "Content": {
            "Simple": {
                "Subject": {"Data": arguments["subject"], "Charset": "UTF-8"},
                "Body": {"Text": {"Data": arguments["text"], "Charset": "UTF-8"}},
            }
        },
        "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items() if value],
        "ConfigurationSetName": arguments["configuration_set"],
        "ListManagementOptions": {"ContactListName": arguments["contact_list"], **topic},
    }


def failure(error: Exception, seconds: float) -> Exception:
    """The error of a call that had `seconds`, by what happens next."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, ParamValidationError):
        return Refused("the request is not one of SES's")
    if isinstance(error, NoCredentialsError):
        return ConfigurationError("the connector ses has no credentials of its role")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return Unreachable("ses cannot be reached")
    # A timeout, a broken connection, an answer that cannot be read: SES may have taken the message.
    return OutcomeUnknown(f"ses did not answer within {seconds:.0f} s: {type(error).__name__}")


def _answered(error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = f"ses answered {code[:80]}"
    if code in BUSY:
        return Busy(said)
    if code in UNREACHABLE:
        return Unreachable(said)
    if code in CONFIGURATION:
        return ConfigurationError(f"{said}: {CONFIGURATION[code]}")
    if code in REFUSED:  # its message may quote an address
        return Refused(f"{said}: {REFUSED[code]}")
    return OutcomeUnknown(said)  # InternalFailure and what AWS adds


def _send(client: Any, arguments: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    request = message(arguments)
    answer = _answer(lambda: client.send_email(**request), seconds)
    if not isinstance(answer.get("MessageId"), str):
        raise OutcomeUnknown("ses answered without the id of the message")
    return {"message": answer["MessageId"]}


def _suppression(client: Any, arguments: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Whether one of the person's addresses is on the list, and why."""
    found = None
    for email in addresses(arguments["recipient"]):
        found = found or _found(partial(client.get_suppressed_destination, EmailAddress=email), seconds)
    listed = found.get("SuppressedDestination", {}) if found else {}
    since = listed.get("LastUpdateTime")
    return {
        "suppressed": found is not None,
        "reason": listed.get("Reason"),
        "since": since.isoformat() if since else None,
    }


def _subscription(client: Any, arguments: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """What the person chose under their addresses; of the topics, what they chose under the one that is given."""
    ask = partial(client.get_contact, ContactListName=arguments["contact_list"])
    found = [_found(partial(ask, EmailAddress=email), seconds) for email in addresses(arguments["recipient"])]
    own = found[0] or {}
    topics = [*own.get("TopicDefaultPreferences", []), *own.get("TopicPreferences", [])]
    return {
        "known": found[0] is not None,
        "unsubscribed_from_all": any(one.get("UnsubscribeAll") for one in found if one),
        "topics": {topic["TopicName"]: topic["SubscriptionStatus"] == "OPT_IN" for topic in topics},
    }


def _answer(ask: Callable[[], Any], seconds: float) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = ask()
    except Exception as error:  # noqa: BLE001 - botocore reads any body as if it had the right shape
        raise failure(error, seconds) from None
    return answer


def _found(ask: Callable[[], Any], seconds: float) -> Mapping[str, Any] | None:
    """The answer, None if SES does not have what is asked for."""
    try:
        answer: Mapping[str, Any] = ask()
    except Exception as error:  # noqa: BLE001 - botocore reads any body
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "NotFoundException":
            return None
        raise failure(error, seconds) from None
    return answer


def _whole(seconds: float) -> int:
    """Whole seconds, in steps: each number of them is a client."""
    whole = max(1, int(seconds))
    return whole if whole < 2 * LONGEST_STEP else whole - whole % LONGEST_STEP
