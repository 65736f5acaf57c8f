"""Signs and verifies deliveries, by the name of their source."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from functions.core.ingress.signatures import sign as signing
from functions.core.ingress.signatures import verify as signatures
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.signature import SignatureScheme
from functions.core.manifests.source import SourceManifest
from infra.interpreters import ROOT


@cache
def manifests() -> Mapping[str, SourceManifest]:
    """Every source's manifest, by its name."""
    names = sorted(file.parent.name for file in (ROOT / "functions/providers").glob("*/source.py"))
    return {name: import_module(f"functions.providers.{name}.source").MANIFEST for name in names}


SCHEMES: Mapping[str, SignatureScheme] = {name: manifest.signature for name, manifest in manifests().items()}


def verify(source: str, **delivery: Any) -> VerifiedDelivery:
    """Calls `functions.core.ingress.signatures.verify.verify` with the source's scheme."""
    return signatures.verify(SCHEMES[source], **delivery)


def sign(source: str, **delivery: Any) -> dict[str, str]:
    """As `functions.core.ingress.signatures.sign.sign` does, under the source's scheme."""
    return signing.sign(SCHEMES[source], **delivery)


def prepare(source: str, **delivery: Any) -> tuple[str, bytes]:
    """As `functions.core.ingress.signatures.sign.prepare` does, under the source's scheme."""
    return signing.prepare(SCHEMES[source], **delivery)


def check_secrets(source: str, secrets: Sequence[str]) -> None:
    """Calls `functions.core.ingress.signatures.verify.check_secrets` with the source's scheme."""
    signatures.check_secrets(SCHEMES[source], secrets, source)
