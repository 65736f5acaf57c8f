"""Generates the secrets of the local stack, each in its provider's format."""

import base64
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from functions.core.manifests.signature import SignatureScheme
from functions.core.manifests.source import SourceManifest

CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class GeneratedSecret:
    """The value that verifies and the value that signs; they are the same except for a key pair."""

    verifies: str
    signs: str


def generate_secret(source: SourceManifest) -> GeneratedSecret:
    """A new secret that fits the source's signature scheme."""
    match source.signature.key:
        case "der" | "whpk":
            return _key_pair(source.signature)
        case "whsec":
            shared = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        case "user:password":
            shared = f"hookline:{secrets.token_urlsafe(24)}"
        case _:
            shared = f"{source.secret_prefix}{secrets.token_hex(24)}"
    return GeneratedSecret(shared, shared)


def _key_pair(scheme: SignatureScheme) -> GeneratedSecret:
    key = ed25519.Ed25519PrivateKey.generate() if scheme.algorithm == "ed25519" else ec.generate_private_key(CURVE)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    raw, prefix = scheme.key == "whpk", "whpk_" if scheme.key == "whpk" else ""
    public = key.public_key().public_bytes(
        serialization.Encoding.Raw if raw else serialization.Encoding.DER,
        serialization.PublicFormat.Raw if raw else serialization.PublicFormat.SubjectPublicKeyInfo,
    )
    return GeneratedSecret(prefix + base64.b64encode(public).decode(), base64.b64encode(private).decode())
