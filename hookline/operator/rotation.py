"""Rotates a secret; what the old one signed stays valid for an overlap."""

from secrets import token_hex

from functions.core.authority.grants import LIFETIME
from functions.core.platform.in_lambda import SECRET_SECONDS
from hookline.operator import stored_secrets
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.secret_texts import rotated
from hookline.operator.secrets import SigningSecret
from infra import naming


def generate() -> str:
    """A secret for providers that let their user choose one: 256 random bits in hex."""
    return token_hex(32)


def rotate(account: Account, secret: SigningSecret, new: str, now: float, overlap: float) -> None:
    """Make `new` the source's secret; the current one stays valid for `overlap` seconds.

    Raises ConfigurationError unless `new` has the format of this provider's secrets.
    """
    new = secret.check(new)
    stored_secrets.write(account, secret, rotated(stored_secrets.read(account, secret).text, new, now, overlap))


def grant_key(account: Account) -> str:
    """The text of the secret that signs grants. Raises OperatorError if it is missing."""
    text = stored_secrets.stored(account, naming.GRANT_KEY).text
    if text is None:
        raise OperatorError(f"there is no secret {naming.GRANT_KEY} here: is Hookline deployed?")
    return text


def rotate_grant_key(account: Account, now: float) -> float:
    """Generate a new key that signs grants, and return the end of the old one, in unix seconds.

    One step is enough: a verifier may mint with the new key at once, because a connector reads the secret again for an
    unknown key (core/authority/signing_keys.py). Another verifier may mint with the old key for as long as it keeps it
    in memory, and that grant is valid for its whole lifetime. Raises OperatorError if there is no grant key.
    """
    overlap = SECRET_SECONDS + LIFETIME
    text = rotated(grant_key(account), generate(), now, overlap)
    account.client("secretsmanager").put_secret_value(SecretId=naming.GRANT_KEY, SecretString=text)
    return now + overlap
