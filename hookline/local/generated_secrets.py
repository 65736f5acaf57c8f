"""Generates the secrets of the local stack, each in its provider's format."""

import base64
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from functions.core.manifests.source import SourceManifest


@dataclass(frozen=True)
class GeneratedSecret:
    """The value that verifies and the value that signs; they are the same except for a key pair."""

    verifies: str
    signs: str


def generate_secret(source: SourceManifest) -> GeneratedSecret:
    """A new secret that fits the source's signature scheme."""
    match source.signature.key:
        case "der":
            return _key_pair()
        case "whsec":
            shared = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        case "user:password":
            shared = f"hookline:{secrets.token_urlsafe(24)}"
        case _:
            shared = f"{source.secret_prefix}{secrets.token_hex(24)}"
    return GeneratedSecret(shared, shared)


def _key_pair() -> GeneratedSecret:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return GeneratedSecret(base64.b64encode(public).decode(), base64.b64encode(private).decode())
