"""Signs and verifies deliveries, by the name of their source."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from functions.core.ingress.signatures import sign as signing
from functions.core.ingress.signatures import verify as signatures
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.signature import SignatureScheme
from infra.interpreters import ROOT


def schemes() -> Mapping[str, SignatureScheme]:
    """The scheme of every source, by its name."""
    names = sorted(file.parent.name for file in (ROOT / "functions/providers").glob("*/source.py"))
    return {name: scheme_of(name) for name in names}


@cache
def scheme_of(source: str) -> SignatureScheme:
    """The scheme of a source, whose manifest is imported only now: one with a finding must not stop other commands."""
    scheme: SignatureScheme = import_module(f"functions.providers.{source}.source").MANIFEST.signature
    return scheme


def verify(source: str, **delivery: Any) -> VerifiedDelivery:
    """Calls `functions.core.ingress.signatures.verify.verify` with the source's scheme."""
    return signatures.verify(scheme_of(source), **delivery)


def sign(source: str, **delivery: Any) -> dict[str, str]:
    """As `functions.core.ingress.signatures.sign.sign` does, under the source's scheme."""
    return signing.sign(scheme_of(source), **delivery)


def prepare(source: str, **delivery: Any) -> tuple[str, bytes]:
    """As `functions.core.ingress.signatures.sign.prepare` does, under the source's scheme."""
    return signing.prepare(scheme_of(source), **delivery)


def check_secrets(source: str, secrets: Sequence[str]) -> None:
    """Calls `functions.core.ingress.signatures.verify.check_secrets` with the source's scheme."""
    signatures.check_secrets(scheme_of(source), secrets, source)
