"""The wire formats of model connectors, translated from and to that of Converse. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Wire:
    """The operation of a connector, a Converse request as its arguments, and its answer as one of Converse."""

    operation: str
    request: Callable[[Message], Message]
    answer: Callable[[Any], Any]


WIRES: Mapping[str, Wire] = {
    "bedrock": Wire("converse", lambda request: request, lambda answer: answer),
}
