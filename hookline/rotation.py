"""Changes a source's signing secret while deliveries signed with the old one are still on their way."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.manifest import SourceManifest
from functions.core.secret_values import VERIFY_TOKEN, labelled, until
from functions.core.signatures import check_secrets
from hookline.account import Account
from hookline.errors import OperatorError
from infra import naming


def rotated(present: str | None, new: str, now: float, overlap: float) -> str:
    """The secret's text with `new` as its newest value; the others count for `overlap` seconds more, or till their end.

    `present` is its text now, None where it has no value yet. Pure. Raises ConfigurationError where `present` is
    malformed.
    """
    old = _entries(present, now) if present else {}
    ending = {
        label: entry
        if label == VERIFY_TOKEN
        else {"value": _value(entry), "until": int(min(until(entry), now + overlap))}
        for label, entry in old.items()
        if _value(entry) != new
    }
    return json.dumps({_label(now, old): new, **ending})


def with_verify_token(present: str | None, token: str, now: float) -> str:
    """The secret's text with `token` as what the source is asked to repeat in a handshake. Pure."""
    return json.dumps({**(_entries(present, now) if present else {}), VERIFY_TOKEN: token})


def generate() -> str:
    """A secret for providers that let their user choose one: 256 random bits in hex."""
    return secrets.token_hex(32)


def read(account: Account, source: str) -> str | None:
    """The text of a source's secret, None where it has no value. Raises OperatorError where it is not deployed."""
    manager = account.client("secretsmanager")
    try:
        return manager.get_secret_value(SecretId=naming.signing_secret(source))["SecretString"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    try:
        manager.describe_secret(SecretId=naming.signing_secret(source))
    except ClientError:
        raise OperatorError(
            f"source {source} is not deployed here: let an agent hear it, or 'hookline up --with {source}'"
        ) from None
    return None


def write(account: Account, source: str, text: str) -> None:
    """Keep the text of a source's secret; a verifier looks again when a signature does not match what it has."""
    account.client("secretsmanager").put_secret_value(SecretId=naming.signing_secret(source), SecretString=text)


def rotate(account: Account, manifest: SourceManifest, new: str, now: float, overlap: float) -> None:
    """Make `new` the source's secret. Raises ConfigurationError where it does not look like one of this provider's."""
    check_secrets(manifest.name, [new])
    write(account, manifest.name, rotated(read(account, manifest.name), new, now, overlap))


def _entries(text: str, now: float) -> dict[str, Any]:
    values = labelled(text, now)
    entries = json.loads(text) if text.lstrip().startswith("{") else values
    return {label: entries[label] for label in values}


def _value(entry: Any) -> str:
    return entry["value"] if isinstance(entry, dict) else entry


def _label(now: float, taken: dict[str, Any]) -> str:
    """The day, and a number where that day has one already: what the audit trail will call the secret."""
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    names = [day, *(f"{day}.{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
