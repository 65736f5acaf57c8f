"""Reads secrets as keys. A reader raises ValueError for an unfit secret, and no error quotes the secret."""

from binascii import b2a_base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from functions.core.ingress.signatures.algorithms import ALGORITHMS, Key
from functions.core.ingress.signatures.encodings import decode_base64
from functions.core.manifests.signature import SignatureScheme
from functions.core.platform.errors import ConfigurationError

QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’"}
# The versions of Standard Webhooks that some providers show before a key: "v1,whsec_…".
VERSIONS = ("v1", "v1a")


@lru_cache(maxsize=64)
def verifying_key(form_key: str, algorithm: str, secret: str) -> Key:
    """The key in a secret as the provider shows it.

    Cached for the life of the process: each delivery copies a keyed hash, and parses no public key.
    """
    return ALGORITHMS[algorithm](_KEYS[form_key](secret))


def signing_key(form_key: str, algorithm: str, secret: str) -> Key:
    """The key that signs: the one of `verifying_key`, or the private key of a public-key scheme."""
    if form_key in ("whpk", "der"):
        return ALGORITHMS[algorithm](_private_key(algorithm, secret))
    if form_key == "whsec" and "whsec_" not in secret:
        raise ValueError("is not whsec_… in base64")  # it could be a private key as well
    return verifying_key(form_key, algorithm, secret)


def fitting_form(
    scheme: SignatureScheme, read_key: Callable[[str, str, str], Key], secret: str, name: str
) -> tuple[SignatureScheme, Key]:
    """The first form of the scheme that can use the secret, and its key; `read_key` is one of the readers above.

    Raises ConfigurationError, which calls the secret by `name`, if it fits no form.
    """
    faults = []
    for form in (scheme, *scheme.alternatives):
        try:
            return form, read_key(form.key, form.algorithm, secret)
        except ValueError as error:
            faults.append(str(error))
    raise ConfigurationError(f"{name} {' and '.join(dict.fromkeys(faults))}")


def canonical_secret(scheme: SignatureScheme, secret: str) -> str:
    """A pasted secret as it is stored: a Standard Webhooks key as "whsec_…" with its padding, others without quotes.

    Raises ConfigurationError for a blank one.
    """
    keys = {form.key for form in (scheme, *scheme.alternatives)}
    try:
        bare = unquoted(secret)
        if "whsec" in keys and ("whsec_" in bare or keys.isdisjoint({"not-whsec"})):
            return f"whsec_{b2a_base64(_base64_key(bare, 'whsec_'), newline=False).decode()}"
    except ValueError as error:
        if str(error) == "is blank":
            raise ConfigurationError("the secret is blank") from None
    return bare


def _text_key(secret: str) -> bytes:
    if not isinstance(secret, str) or not secret or secret.isspace():
        raise ValueError("is blank")
    if secret[0].isspace() or secret[-1].isspace():
        raise ValueError("has white space around it")
    if len(secret) > 1 and QUOTES.get(secret[0]) == secret[-1]:
        raise ValueError("has quotes around it")
    return secret.encode("utf-8", "surrogatepass")  # a lone surrogate must not raise


def _not_whsec_key(secret: str) -> bytes:
    key = _text_key(secret)
    if key.startswith(b"whsec_"):
        raise ValueError("is a Standard Webhooks key")
    return key


def _base64_key(secret: str, prefix: str = "") -> bytes:
    """The bytes of a key as providers and their libraries show it: "whsec_…", also after "v1,", padded or not.

    Without its prefix, only a text that decodes to as many bytes as the specification allows is taken for a key.
    """
    bare = unquoted(secret)
    if prefix and bare.partition(",")[0] in VERSIONS:
        bare = bare.partition(",")[2]
    text = bare.removeprefix(prefix)
    key = decode_base64(text + "=" * (-len(text.rstrip("=")) % 4) if not text.endswith("=") else text)
    if not key or (not bare.startswith(prefix) and (prefix != "whsec_" or not 24 <= len(key) <= 64)):
        raise ValueError(f"is not {prefix}… in base64" if prefix else "is not base64")
    return key


def unquoted(secret: str) -> str:
    """A pasted secret without surrounding white space and one pair of quotes. Raises ValueError for a blank one."""
    bare = secret.strip() if isinstance(secret, str) else ""
    if len(bare) > 1 and QUOTES.get(bare[0]) == bare[-1]:
        bare = bare[1:-1].strip()
    if not bare:
        raise ValueError("is blank")
    return bare


def _password_key(secret: str) -> bytes:
    key = _text_key(secret)
    user, _, password = key.partition(b":")
    if not (user and password):
        raise ValueError("is not user:password")
    return key


def _asymmetric(algorithm: str, load: Callable[[Any, Any], Any]) -> Any:
    # Imported here because only SendGrid and `v1a` need it, and it adds 30 ms to a cold start.
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise ValueError("needs the package cryptography, which is not installed") from None
    try:
        key = load(serialization, ed25519)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: a PEM with a passphrase
        key = None
    if algorithm == "ed25519":
        fits = isinstance(key, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey)
    else:
        fits = getattr(getattr(key, "curve", None), "name", None) == "secp256r1"
    if not fits:
        raise ValueError(f"is not a key for {algorithm}")
    return key


def _ed25519_key(secret: str) -> Any:
    raw = _base64_key(secret, "whpk_")
    return _asymmetric("ed25519", lambda _, ed25519: ed25519.Ed25519PublicKey.from_public_bytes(raw))


def _ecdsa_key(secret: str) -> Any:
    raw = _base64_key(secret)
    return _asymmetric("ecdsa-p256-sha256", lambda serialization, _: serialization.load_der_public_key(raw))


def _private_key(algorithm: str, secret: str) -> Any:
    secret = secret.strip()  # a PEM file ends with a newline
    if secret.startswith("-----BEGIN "):
        pem = _text_key(secret)
        return _asymmetric(algorithm, lambda serialization, _: serialization.load_pem_private_key(pem, None))
    raw = _base64_key(secret.removeprefix("whsk_"))
    if len(raw) == 32:
        return _asymmetric(algorithm, lambda _, ed25519: ed25519.Ed25519PrivateKey.from_private_bytes(raw))
    return _asymmetric(algorithm, lambda serialization, _: serialization.load_der_private_key(raw, None))


_KEYS: Mapping[str, Callable[[str], Any]] = {
    "text": _text_key,
    "not-whsec": _not_whsec_key,
    "whsec": lambda secret: _base64_key(secret, "whsec_"),
    "whpk": _ed25519_key,
    "der": _ecdsa_key,
    "user:password": _password_key,
}
