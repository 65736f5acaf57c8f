"""The operations of an agent that its model may call, with the types of the agent's generated tools.py."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, get_args, get_origin, get_overloads, get_type_hints, is_typeddict

from pydantic import BaseModel, ConfigDict, create_model

from functions.core.manifests.agent import AgentManifest
from functions.core.platform.errors import ConfigurationError, Denied


@dataclass(frozen=True)
class Offered:
    """One tool of the model: its name, what it says, and its arguments as a pydantic model."""

    connector: str
    operation: str
    name: str
    says: str
    arguments: type[BaseModel]


def offered(manifest: AgentManifest, offers: Sequence[str]) -> list[Offered]:
    """The tools for `offers` ("<connector>:<operation>"). An operation with a destination is one tool more.

    Raises Denied for what the manifest does not declare and for the model's own operation, and ConfigurationError if
    the agent's tools.py is missing or old.
    """
    return [tool for name in offers for tool in _tools(manifest, name)]


def _tools(manifest: AgentManifest, name: str) -> Iterator[Offered]:
    connector, _, operation = name.partition(":")
    if manifest.use_of(connector, operation) is None or connector == manifest.model_connector:
        raise Denied(f"agent {manifest.name} cannot offer {name} to its model: its manifest does not declare that")
    method = operation.replace(".", "_")
    found = getattr(_typed(manifest).get(connector), method, None)
    if found is None:
        what = f"agent {manifest.name}: its tools.py has no {connector}.{method}"
        raise ConfigurationError(f"{what}: run 'hookline agents tools {manifest.name}'")
    kind = _typed(manifest)[connector]
    # An overload is found by the module and the name that it was defined under.
    named: Any = SimpleNamespace(__module__=kind.__module__, __qualname__=f"{kind.__name__}.{method}")
    overloads = get_overloads(named)
    for number, one in enumerate(overloads or [found], 1):
        tool = f"{connector}_{method}" + (f"_{number}" if number > 1 else "")
        yield Offered(connector, operation, tool, inspect.getdoc(one) or name, _arguments(tool, one))


def _typed(manifest: AgentManifest) -> dict[str, Any]:
    """The generated class of each connector."""
    module = f"functions.agents.{manifest.name}.tools"
    try:
        return get_type_hints(import_module(module).Tools)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        what = f"agent {manifest.name} offers operations to its model and has no tools.py"
        raise ConfigurationError(f"{what}: run 'hookline agents tools {manifest.name}'") from None


def _arguments(name: str, method: Any) -> type[BaseModel]:
    kinds = get_type_hints(method)
    given = [one for one in inspect.signature(method).parameters.values() if one.kind is one.KEYWORD_ONLY]
    return _model(name, {one.name: (kinds[one.name], one.default is one.empty) for one in given})


def _model(name: str, fields: Mapping[str, tuple[Any, bool]]) -> type[BaseModel]:
    """A model with fields of a type each, needed or not."""
    made: dict[str, Any] = {field: (_kind(kind), ... if needed else None) for field, (kind, needed) in fields.items()}
    return create_model(name, __config__=ConfigDict(extra="forbid", strict=True), **made)


def _kind(kind: Any) -> Any:
    """A type of a generated tools.py as pydantic takes it; it takes typing's TypedDict from Python 3.12 on only."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        return _model(kind.__name__, {name: (one, name in kind.__required_keys__) for name, one in hints.items()})
    if get_origin(kind) is Sequence:
        return list[_kind(get_args(kind)[0])]  # type: ignore[misc]  # a type that is known at run time only
    return kind
