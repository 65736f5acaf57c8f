"""The tags that say on AWS whose an identity is, what for, and which manifest it was deployed from."""

from dataclasses import asdict
from typing import Literal

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.source import SourceManifest
from functions.core.platform.canonical import digest

Manifest = AgentManifest | ConnectorManifest | SourceManifest

DIGITS = 16  # of SHA-256 in hex: short enough to compare at sight, and far from ever meeting by chance


def manifest_digest(manifest: Manifest) -> str:
    """The same for the same manifest, however its file is written; another where any value in it is another."""
    return digest(asdict(manifest))[:DIGITS]


def manifest_tags(kind: Literal["agent", "connector", "source"], manifest: Manifest, purpose: str) -> dict[str, str]:
    """The tags of the function and role of what a manifest declares, without their prefix."""
    return {
        "identity": manifest.identity,
        kind: manifest.name,
        "owner": manifest.owner,
        "purpose": purpose,
        "manifest": manifest_digest(manifest),
    }


def service_tags(name: str, purpose: str) -> dict[str, str]:
    """The tags of a service, which has no manifest."""
    return {"identity": f"service.{name}", "service": name, "owner": "platform", "purpose": purpose}
