"""A source's declarations in words: what identifies a delivery, whose it is, its size, what is not certain."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from functions.core.ingress.signatures.verify import signs_a_time
from functions.core.manifests.identity import BodyDigest, DeliveryId, Identity, SignedId
from functions.core.manifests.source import MOST_BYTES, SourceManifest
from functions.core.manifests.tenant import OneTenant

_DOUBTS = re.compile(r"^- \*\*Doubts:\*\* (.*?)(?=^- |^\s*$|\Z)", re.MULTILINE | re.DOTALL)


def identity(manifest: SourceManifest) -> str:
    """What makes two deliveries the same happening."""
    return _identity(manifest.reading.identity)


def tenant(manifest: SourceManifest) -> str:
    """Whose account a delivery is about, and whose are translated."""
    declared = manifest.reading.tenant
    if isinstance(declared, OneTenant):
        return f"one: {declared.why}"
    ways = " or ".join(way.removeprefix("header:") for way in declared.path.split("|"))
    where = ways if declared.signed else f"the header {ways}, which is not signed"
    own = f" ({declared.own!r} if it is missing)" if declared.own else ""
    mode = (
        f"; what {declared.live} says is another mode than the deployment's is another tenant" if declared.live else ""
    )
    kept = "ids are unique across them" if declared.global_ids else "a part of each entity"
    expected = "any" if list(declared.expected) == ["*"] else ", ".join(declared.expected)
    return f"the {declared.word}, at {where}{own}{mode}; {kept}; expected, unless a setting says otherwise: {expected}"


def largest(manifest: SourceManifest) -> str:
    """The largest body that is accepted, and why."""
    documented = manifest.largest_body
    if documented is None:
        return f"{manifest.max_bytes:,} bytes, which the gateway takes; the provider documents no limit"
    if documented > MOST_BYTES:
        return f"{manifest.max_bytes:,} bytes, which the gateway takes; the provider sends up to {documented:,}"
    return f"{manifest.max_bytes:,} bytes, as the provider documents"


def doubts(manifest: SourceManifest, folder: Path) -> list[str]:
    """What is not certain: what follows from the declarations, and the README in the provider's `folder`."""
    readme = folder / "README.md"
    found = _DOUBTS.search(readme.read_text("utf-8")) if readme.is_file() else None
    written = " ".join(found[1].split()) if found else ""
    return [*_follows(manifest), *([written] if written and written != "none." else [])]


def _identity(declared: Identity) -> str:
    match declared:
        case SignedId(paths=paths, otherwise=otherwise, types=types):
            id = f"{_joined(paths)}, signed" if paths else "the signed delivery id"
            id += "".join(f"; of {name}: {_joined(own)}, signed" for name, own in types.items())
            return f"{id}; without it, {_identity(otherwise)}" if otherwise else id
        case DeliveryId(otherwise=otherwise):
            without = _identity(otherwise)
            return f"the delivery id in its header, which the enforced address list vouches for; without it, {without}"
        case BodyDigest(window=window, parameters=parameters):
            what = "form's parameters" if parameters else "body"
            return f"the digest of the {what}: a copy within {_span(window)} since the first"


def _joined(paths: Sequence[str]) -> str:
    return " / ".join(path.rstrip("|").removeprefix("=") for path in paths)


def _follows(manifest: SourceManifest) -> list[str]:
    declared, found = manifest.reading.identity, []
    if isinstance(declared, BodyDigest):
        found.append(
            f"Two happenings whose bytes are the same count as one within {_span(declared.window)}. If their delivery "
            "ids differ, the second is kept: 'hookline dead-letters'."
        )
        if not signs_a_time(manifest.signature):
            found.append("No time is signed: a captured delivery that is sent again later counts as new.")
    if manifest.reading.unsigned_headers:
        names = ", ".join(manifest.reading.unsigned_headers)
        found.append(f"Not signed: {names}. Who holds a genuine delivery can send it with another value, as a new one.")
    return found


def _span(seconds: int) -> str:
    span = timedelta(seconds=seconds)
    units = ((span.days, "day"), (seconds // 3600, "hour"), (seconds // 60, "minute"), (seconds, "second"))
    number, unit = next((number, unit) for number, unit in units if number)
    return f"{number} {unit}{'s' if number > 1 else ''}"
