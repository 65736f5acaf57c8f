"""Reads and writes the secrets of an account, and describes them without their values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.platform.errors import ConfigurationError
from functions.core.platform.secret_values import VERIFY_TOKEN
from functions.core.platform.times import rfc3339
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.secrets import ProviderSecret

LAST_YEAR = 253_370_764_800  # the year 9999, in unix seconds


@dataclass(frozen=True)
class Stored:
    """The text of a secret and the time of its last change, both None if it has no value."""

    text: str | None = None
    changed: datetime | None = None


def stored(account: Account, name: str) -> Stored:
    """The content of the secret `name`, empty if it has no value or does not exist."""
    try:
        answer = account.client("secretsmanager").get_secret_value(SecretId=name)
    except ClientError as error:
        if not _is_missing(error):
            raise
        return Stored()
    return Stored(answer.get("SecretString"), answer.get("CreatedDate"))


def read(account: Account, secret: ProviderSecret) -> Stored:
    """The content of the secret. Raises OperatorError if it is not deployed."""
    found = stored(account, secret.name)
    if found.text is None:
        try:
            account.client("secretsmanager").describe_secret(SecretId=secret.name)
        except ClientError as error:
            if not _is_missing(error):
                raise
            raise OperatorError(secret.absent) from None
    return found


def write(account: Account, secret: ProviderSecret, text: str) -> None:
    """Write the text of a secret. A verifier reads it when no signature matches, a connector within five minutes."""
    account.client("secretsmanager").put_secret_value(SecretId=secret.name, SecretString=text)


def replace(account: Account, secret: ProviderSecret, value: str, now: float) -> None:
    """Replace the secret's value. Raises ConfigurationError unless `value` has the provider's format."""
    value = secret.check(value)
    write(account, secret, secret.replaced(read(account, secret).text, value, now))


def described(account: Account, secret: ProviderSecret, now: float) -> dict[str, Any]:
    """Everything about a secret except its values, ready for JSON.

    `values` describes the valid ones: the label of each, and its end in RFC 3339, None if it has none. `fault` is what
    is wrong with the secret's format, None if it is valid or if there is no value.
    """
    found = read(account, secret)
    values: dict[str, float] = {}
    fault = None
    if found.text is not None:
        try:
            values = secret.ends(found.text, now)
            secret.check_text(found.text, now)
        except ConfigurationError as error:
            fault = str(error)
    return {
        "provider": secret.provider,
        "part": secret.part,
        "secret": secret.name,
        "has_value": found.text is not None,
        "values": [
            {"label": label, "until": _moment(end), "signs": label != VERIFY_TOKEN} for label, end in values.items()
        ],
        "changed": rfc3339(found.changed.timestamp()) if found.changed else None,
        "fault": fault,
    }


def _moment(end: float) -> str | None:
    """An end in RFC 3339, None for one beyond the calendar."""
    return rfc3339(end) if end < LAST_YEAR else None


def _is_missing(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ResourceNotFoundException"
