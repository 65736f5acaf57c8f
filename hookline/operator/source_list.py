"""The sources: what is declared of each, and what its verifier received lately."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.manifests.source import SourceManifest
from hookline.local import stack
from hookline.operator import known, source_sheet, source_silence, stored_secrets, tails
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.secrets import SigningSecret
from hookline.operator.trail import Record, Trail
from hookline.validation.discovery import FUNCTIONS
from infra.deployable import with_flows

PUBLISHED = ("published", "spilled")


def listed() -> list[dict[str, Any]]:
    """Every source with what is declared of it, ready for JSON."""
    project = known.find().project
    here = with_flows(project, stack.flows_of())
    deployed = {manifest.name for manifest in here.deployed_sources(stack.asked_for())}
    return [_row(manifest, manifest.name in deployed) for manifest in project.sources.values()]


def sheet(name: str) -> dict[str, Any]:
    """How to set a source up at its provider, and the event of each raw type. Raises UnknownName."""
    manifest = known.source(name)
    scheme = manifest.signature
    header = scheme.header
    return {
        "source": name,
        "owner": manifest.owner,
        "documents": manifest.documents,
        "path": f"/webhooks/{name}",
        "url": _url(name),
        "secret": manifest.secret,
        "algorithm": scheme.algorithm,
        "signs": str(scheme.signs) if scheme.signs else None,
        "signature_in": header if isinstance(header, str) else f"in the body, at {'.'.join(header.path)}",
        "tolerance_seconds": _tolerance(manifest),
        "identity": source_sheet.identity(manifest),
        "tenant": source_sheet.tenant(manifest),
        "names": dict(manifest.names),
        "address_check": manifest.address_check,
        "translates": _translations(manifest),
        "keys": list(manifest.keys),
        "needs": list(manifest.needs),
        "pings": list(manifest.pings),
        "address_blocks": len(manifest.addresses) or None,
        "max_bytes": manifest.max_bytes,
        "largest_body": source_sheet.largest(manifest),
        "doubts": source_sheet.doubts(manifest, FUNCTIONS / "providers" / name),
    }


def activity(account: Account, now: float) -> list[dict[str, Any]]:
    """What the verifiers did, and their secrets: of each source that is declared or has a chain, ready for JSON.

    Counts are among the last tails.LATEST records of each; `since` is the time of the first of them. `secret` is
    `stored_secrets.described` without the values, None if the source is not deployed or the secret cannot be read.
    `silence` is that of `source_silence.of_sources`.
    """
    project, trail = known.find().project, Trail(account.client("dynamodb"))
    chains = {name.removeprefix("webhook.") for name in trail.identities() if name.startswith("webhook.")}
    names = sorted(chains | set(project.sources))

    def row(name: str) -> dict[str, Any]:
        records = tails.latest(trail, f"webhook.{name}") if name in chains else []
        manifest = project.sources.get(name)
        return {"source": name, **of_records(records), "secret": _secret(account, manifest, now) if manifest else None}

    with ThreadPoolExecutor(8) as pool:
        rows = [one for one in pool.map(row, names) if one["since"] or one["secret"]]
    silences = source_silence.of_sources(account, [one["source"] for one in rows], now)
    return [{**one, "silence": silences[one["source"]]} for one in rows]


def of_records(records: Sequence[Record]) -> dict[str, Any]:
    """The part of the activity that is on a verifier's chain; `records` are consecutive, the newest last. Pure."""
    events = [one for one in records if one["kind"] in PUBLISHED]
    rejected = [one for one in records if one["kind"] == "rejected"]
    reasons = Counter(one["decision"] for one in rejected)
    return {
        "since": records[0]["at"] if records else None,
        "last_event": events[-1]["at"] if events else None,
        "events": len(events),
        "duplicates": sum(one["kind"] == "duplicate" for one in records),
        "quarantined": sum(one["kind"] in ("kept", "doubted") for one in records),
        "rejected": dict(reasons.most_common()),
        "last_rejected": {name: rejected[-1][name] for name in ("at", "decision", "reason")} if rejected else None,
    }


def _secret(account: Account, manifest: SourceManifest, now: float) -> Mapping[str, Any] | None:
    try:
        return stored_secrets.described(account, SigningSecret(manifest), now)
    except (OperatorError, ClientError, BotoCoreError):  # not deployed, or who looks may not read secrets
        return None


def _url(name: str) -> str | None:
    """The address of the source on the local stack; None if that is not up or does not have it."""
    running = stack.find()
    return f"{running.url}/webhooks/{name}" if running and running.has(name) else None


def _row(manifest: SourceManifest, deployed: bool) -> dict[str, Any]:
    return {
        "source": manifest.name,
        "deployed": deployed,
        "algorithm": manifest.signature.algorithm,
        "tolerance_seconds": _tolerance(manifest),
        "translates": _translations(manifest),
        "documents": manifest.documents,
    }


def _translations(manifest: SourceManifest) -> dict[str, list[str]]:
    """The detail types by raw type."""
    return {raw_type: list(names) for raw_type, names in manifest.detail_types.items()}


def _tolerance(manifest: SourceManifest) -> float | None:
    """The tolerance of the signed timestamp in seconds, None if the scheme signs no timestamp."""
    scheme = manifest.signature
    return (manifest.tolerance or scheme.tolerance) if scheme.tolerance else None
