"""A listing: what a provider says it sent, read for the reconcile service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.core.manifests.arguments import Argument, require_arguments, require_needs
from functions.core.manifests.checks import placeholders, require, require_operation
from functions.core.manifests.operation import Operation


@dataclass(frozen=True)
class Listing(Operation):
    """One page of the events that a provider says it sent.

    It is a read that touches no entity. No grant can name one, so no agent can use it: only the reconcile service may.
    `takes` are its arguments, such as the cursor of a page. It has no `paging` of its own: the reconcile service reads
    page after page.
    """

    kind: Literal["read", "effect"] = "read"
    entity: str = ""
    method: str = "GET"
    path: str = ""
    takes: Mapping[str, Argument] = field(default_factory=dict)
    sends: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        what = f"listing {self.name!r}"
        super().__post_init__()
        if isinstance(self.name, str):
            require_operation(what, self.name)
        require(self.kind == "read", f"{what} is {self.kind!r}: a listing is a read")
        require(self.paging is None, f"{what} has paging: the reconcile service reads page after page")
        require(not self.metered and not self.model, f"{what} is metered: a listing costs nothing")

    def _require_parameters(self, what: str) -> None:
        require(not self.entity, f"{what} has the entity {self.entity!r}: a listing touches none")
        require(
            not placeholders(self.path), f"{what}: its path {self.path!r} has parts, and a listing touches no entity"
        )
        if require_arguments(what, self.takes):
            require_needs(what, self.needs, self.takes)
            self._require_sends(what)
