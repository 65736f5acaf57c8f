"""The public keys of the checkpoints' signatures."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from functions.core.audit.checkpoint import signed_text

PublicKey = ec.EllipticCurvePublicKey


def from_pem(text: str) -> PublicKey:
    """The public key in a PEM text. Raises ValueError if it holds none, or one of another kind."""
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("not the PEM of a public key") from None
    if not isinstance(key, PublicKey):
        raise ValueError("not the public key of an elliptic curve")
    return key


def pem_of(der: bytes) -> str:
    """The PEM of a public key in DER, the format of KMS."""
    return load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint(key: PublicKey) -> str:
    """SHA-256 of a public key in DER, in hex, for people who compare keys."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def is_signed(checkpoint: Mapping[str, Any], keys: Sequence[PublicKey]) -> bool:
    """Whether the signature of `checkpoint` is by one of `keys`."""
    try:
        signature = base64.b64decode(checkpoint["signature"], validate=True)
    except ValueError:
        return False
    return any(_made(key, signature, signed_text(checkpoint)) for key in keys)


def _made(key: PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
