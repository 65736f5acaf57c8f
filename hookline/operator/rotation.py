"""Changes a secret while what was signed with the old one is still on its way."""

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
    """Make `new` the source's secret; the present one counts for `overlap` seconds more.

    Raises ConfigurationError unless `new` looks like one of this provider's.
    """
    secret.check(new)
    stored_secrets.write(account, secret, rotated(stored_secrets.read(account, secret).text, new, now, overlap))


def grant_key(account: Account) -> str:
    """The text of the secret that grants are minted with. Raises OperatorError if there is none."""
    text = stored_secrets.stored(account, naming.GRANT_KEY).text
    if text is None:
        raise OperatorError(f"there is no secret {naming.GRANT_KEY} here: is Hookline deployed?")
    return text


def rotate_grant_key(account: Account, now: float) -> float:
    """Make a new key that grants are minted with, and return until when the old one counts, in unix seconds.

    In one step: a verifier may mint with the new key at once, and a connector looks again if it does not know the key
    (core/authority/grant_keys.py). Another verifier may mint with the old one for as long as it keeps it in memory,
    and that grant counts for its whole life. Raises OperatorError if there is no grant key.
    """
    overlap = SECRET_SECONDS + LIFETIME
    text = rotated(grant_key(account), generate(), now, overlap)
    account.client("secretsmanager").put_secret_value(SecretId=naming.GRANT_KEY, SecretString=text)
    return now + overlap
