"""What a connector can do, as data: from its manifest, which the gate enforces."""

import json
from typing import Any

from functions.core.manifests.arguments import LARGEST_NUMBER, Argument, Flag, Json, ListOf, Number, Object, Text
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import AwsRole, GitHubApp, Header, has_secret
from functions.core.manifests.models import Price
from functions.core.manifests.operation import Operation
from infra import naming

REPEATS = {
    "key": "the provider receives the ledger's key as the idempotency key",
    "natural": "a repeat has no further effect",
    "none": "the provider does not detect repeats",
    "ask": "nothing shows whether it happened: a person is asked before it is done again",
}


def sheet(manifest: ConnectorManifest) -> dict[str, Any]:
    """What an operator or the author of an agent wants to know of a connector, ready for JSON."""
    return {
        "connector": manifest.name,
        "owner": manifest.owner,
        "hosts": list(manifest.hosts),
        "credential": credential_kind(manifest),
        "secret": naming.credential(manifest.name) if has_secret(manifest.credential) else None,
        "models": [one.form for one in manifest.models],
        "prices": [_price(price) for price in manifest.prices],
        "operations": [_operation(operation) for operation in manifest.operations],
    }


def _price(price: Price) -> dict[str, Any]:
    """US dollars per million tokens; without a price of its own, a cache costs what the input does."""
    kinds = ("input", "output", "cache_read", "cache_write", "cache_write_long")
    rates = {kind: getattr(price, kind) or None for kind in kinds}
    return {"models": list(price.models), **rates, "checked": price.checked, "source": price.source}


def credential_kind(manifest: ConnectorManifest) -> str | None:
    """The kind of the credential and how the provider receives it; None if the connector has none."""
    match manifest.credential:
        case None:
            return None
        case Header(name=name):
            return f"key in the header {name}"
        case GitHubApp():
            return "GitHub App"
        case AwsRole():
            return "its own AWS role"
        case kind:
            return type(kind).__name__.lower()


def type_of(declared: Argument) -> str:
    """An argument's type, as text for people."""
    match declared:
        case Text(choices=choices) if choices:
            return f"one of {', '.join(choices)}"
        case Text():
            return "text"
        case Number(lowest=lowest, highest=highest):
            bounds = [f"from {lowest}"] * (lowest > -LARGEST_NUMBER) + [f"to {highest}"] * (highest < LARGEST_NUMBER)
            return " ".join(["whole number", *bounds])
        case Flag():
            return "true or false"
        case Json():
            return f"JSON of at most {declared.longest:,} bytes"
        case ListOf():
            return f"list of at most {declared.most}: {type_of(declared.item)}"
        case Object():
            fields = (
                f"{name}{'' if name in declared.needs else '?'}: {type_of(kind)}"
                for name, kind in declared.fields.items()
            )
            return f"object {{{'; '.join(fields)}}}"


def _operation(operation: Operation) -> dict[str, Any]:
    is_effect = operation.kind == "effect"
    return {
        "name": operation.name,
        "kind": operation.kind,
        "entity": operation.entity,
        "request": f"{operation.method} {operation.path}".strip() or None,
        "arguments": _arguments(operation),
        "metered": operation.metered,
        "repeat": _repeat(operation) if is_effect else None,
        "shown": _shown(operation) if is_effect else None,
    }


def _arguments(operation: Operation) -> list[dict[str, Any]]:
    """The arguments that name the entity, which are texts, and the others."""
    return [
        {"name": name, "type": type_of(kind), "required": name in operation.required}
        for name, kind in operation.arguments.items()
    ]


def _repeat(operation: Operation) -> str:
    """What makes a repeat of an effect harmless, and which read shows whether it happened."""
    harmless = REPEATS[str(operation.idempotency)]
    if operation.decides:
        harmless += f"; of all that decide on one {operation.decides}, one happens"
    if not (read_back := operation.read_back):
        return harmless
    place = f" in {read_back.items}" if read_back.items else ""
    proof = " and ".join(f"{path} = {json.dumps(value)}" for path, value in read_back.proof.items())
    return f"{harmless}; {read_back.operation} shows whether it happened, by {proof}{place}"


def _shown(operation: Operation) -> str:
    """What a person sees of an effect before an approval."""
    state = operation.state
    return f"the arguments; of {state.operation}: {', '.join(state.fields)}" if state else "the arguments"
