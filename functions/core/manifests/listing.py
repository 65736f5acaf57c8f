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
    page after page. With `cursor`, the answer is a list, and the next page's address in its Link header has the cursor
    in the parameter of that name: the listing then returns {"items": …, "after": the cursor, "" on the last page}.
    """

    kind: Literal["read", "effect"] = "read"
    entity: str = ""
    method: str = "GET"
    path: str = ""
    takes: Mapping[str, Argument] = field(default_factory=dict)
    sends: Mapping[str, Any] = field(default_factory=dict)
    cursor: str = ""

    def __post_init__(self) -> None:
        what = f"listing {self.name!r}"
        super().__post_init__()
        require(isinstance(self.cursor, str), f"{what} cursor {self.cursor!r}: the name of a parameter")
        if isinstance(self.name, str):
            require_operation(what, self.name)
        self._require_kind(what)
        require(self.paging is None, f"{what} has paging: the reconcile service reads page after page")
        require(not self.metered and not self.model, f"{what} is metered: a listing costs nothing")

    def _require_kind(self, what: str) -> None:
        require(self.kind == "read", f"{what} is {self.kind!r}: a listing is a read")

    def _require_parameters(self, what: str) -> None:
        require(not self.entity, f"{what} has the entity {self.entity!r}: a listing touches none")
        require(
            not placeholders(self.path), f"{what}: its path {self.path!r} has parts, and a listing touches no entity"
        )
        if require_arguments(what, self.takes):
            require_needs(what, self.needs, self.takes)
            self._require_sends(what)


@dataclass(frozen=True)
class Redelivery(Listing):
    """Asks a provider to send one of its deliveries again, for the reconcile service alone.

    It names no entity, so no agent can use it. What comes of it is a delivery as any other: signed, and a copy if it
    arrived before. So asking twice does no harm.
    """

    kind: Literal["read", "effect"] = "effect"
    method: str = "POST"
    idempotency: Literal["key", "natural", "none"] | None = "natural"

    def _require_kind(self, what: str) -> None:
        require(self.kind == "effect", f"{what} is {self.kind!r}: a redelivery is an effect")
        require(self.idempotency == "natural", f"{what}: to ask twice for a delivery must do no harm")
