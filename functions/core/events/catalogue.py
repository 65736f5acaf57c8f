"""The catalogue: every domain event by its detail type. The classes are found in the folder functions/events."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from functions.core.events.domain_event import DomainEvent
from functions.core.platform.detail_types import UNMAPPED
from functions.core.platform.errors import ManifestError, PermanentError

FOLDER = "functions.events"


@cache
def events() -> Mapping[str, type[DomainEvent]]:
    """Every domain event by its detail type. Raises ManifestError if two have the same one."""
    found: dict[str, type[DomainEvent]] = {}
    folder = importlib.import_module(FOLDER)
    for module in pkgutil.iter_modules(folder.__path__):
        for model in events_in(importlib.import_module(f"{FOLDER}.{module.name}")):
            if model.detail_type in found:
                other = found[model.detail_type].__name__
                raise ManifestError(f"{model.__name__} and {other} have the same detail_type {model.detail_type!r}")
            found[model.detail_type] = model
    return found


def events_in(module: ModuleType) -> list[type[DomainEvent]]:
    """The domain events that a module defines. A shared base class has no detail_type and is left out."""
    classes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, DomainEvent)]
    return [one for one in classes if one.__module__ == module.__name__ and "detail_type" in vars(one)]


def model_of(detail_type: str) -> type[DomainEvent]:
    """The model of `detail_type`. Raises PermanentError if it is unknown."""
    # All raw events without a translation have the same model.
    name = UNMAPPED if detail_type.endswith(f".{UNMAPPED}") else detail_type
    if name not in events():
        raise PermanentError(f"there is no domain event {detail_type!r}")
    return events()[name]


def check(detail_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` as its model writes it. Raises PermanentError, which names each wrong field and never quotes its value."""
    try:
        return model_of(detail_type).model_validate(data).model_dump(mode="json")
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise PermanentError(f"{detail_type}: {wrong}") from None
    except ValueError as error:  # nested deeper than pydantic serializes
        raise PermanentError(f"{detail_type}: {error}") from None


def schema(detail_type: str) -> str:
    """The name and version of an event's schema, "payment.succeeded/1"."""
    return f"{detail_type}/{model_of(detail_type).version}"
