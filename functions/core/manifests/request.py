"""A request that an operation is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from functions.core.manifests.arguments import require_arguments, require_needs
from functions.core.manifests.checks import placeholders, require
from functions.core.manifests.operation import Operation


@dataclass(frozen=True)
class Request(Operation):
    """One of the requests that a performer makes for an operation, or for a listing.

    It names no entity, so no manifest of a connector has it, and no agent can use it. Its parameters are the parts of
    its path. An effect says nothing of its repeat: the operation that it belongs to does.
    """

    kind: Literal["read", "effect"] = "read"
    entity: str = ""
    method: str = "GET"

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parts of its path; all of them are required."""
        return placeholders(self.path)

    def _require_parameters(self, what: str) -> None:
        require(not self.entity, f"{what} has the entity {self.entity!r}: a request of an operation names none")
        if require_arguments(what, self.takes):
            require_needs(what, self.needs, self.takes)
            self._require_sends(what)

    def _require_harmless_repeats(self, what: str) -> None:
        own: Sequence[object] = (self.idempotency, self.read_back, self.state)
        require(not any(own), f"{what}: the operation that it belongs to says what makes a repeat harmless")
