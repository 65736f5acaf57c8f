"""The tags of an identity on AWS: its owner, its purpose, and the manifest that it was deployed from."""

from dataclasses import asdict, replace
from typing import Literal

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.manifests.source import SourceManifest
from functions.core.platform.canonical import digest

Deployable = AgentManifest | ConnectorManifest | SourceManifest
Manifest = Deployable | ReconcileManifest

DIGITS = 16  # of SHA-256 in hex: short enough for people to compare, long enough to avoid collisions


def manifest_digest(manifest: Manifest) -> str:
    """The digest of a manifest's values, independent of how its file is written."""
    if isinstance(manifest, AgentManifest) and manifest.workflow:
        # A workflow may have functions (a gate's own check), which have no JSON.
        plain = {**asdict(replace(manifest, workflow=None)), "workflow": manifest.workflow.digest}
        return digest(plain)[:DIGITS]
    return digest(asdict(manifest))[:DIGITS]


def manifest_tags(kind: Literal["agent", "connector", "source"], manifest: Deployable, purpose: str) -> dict[str, str]:
    """The tags of the function and role that a manifest declares, without their prefix."""
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
