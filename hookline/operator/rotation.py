"""Changes a secret while what was signed with the old one is still on its way."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.authority.grants import LIFETIME
from functions.core.ingress.signatures.verify import check_secrets
from functions.core.manifests.source import SourceManifest
from functions.core.platform.aws import SECRET_SECONDS
from functions.core.platform.secret_values import VERIFY_TOKEN, labelled, until
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
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
    name = naming.signing_secret(source)
    if (text := _text(account, name)) is not None:
        return text
    try:
        account.client("secretsmanager").describe_secret(SecretId=name)
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
    check_secrets(manifest.signature, [new], manifest.name)
    write(account, manifest.name, rotated(read(account, manifest.name), new, now, overlap))


def rotate_grant_key(account: Account, now: float) -> float:
    """Make a new key that grants are minted with, and return until when the old one counts, in unix seconds.

    In one step: a verifier may mint with the new key at once, and who checks looks again where it does not know the
    key (core/authority/grant_keys.py). Another verifier may mint with the old one for as long as it keeps it in memory,
    and that grant counts for its whole life. Raises OperatorError where there is no grant key.
    """
    present = _text(account, naming.GRANT_KEY)
    if present is None:
        raise OperatorError(f"there is no secret {naming.GRANT_KEY} here: is Hookline deployed?")
    overlap = SECRET_SECONDS + LIFETIME
    text = rotated(present, generate(), now, overlap)
    account.client("secretsmanager").put_secret_value(SecretId=naming.GRANT_KEY, SecretString=text)
    return now + overlap


def _text(account: Account, secret: str) -> str | None:
    """A secret's text, None where it has no value or there is none of that name."""
    try:
        return account.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    return None


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
