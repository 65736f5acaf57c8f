"""The base class of every domain event, and how an entity's timeline aggregates its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class Increment:
    """Each event brings an amount of its own: the timeline adds them up.

    `currency` names the field with the currency of an amount of money; sums are kept per currency. None for a number
    that is no money.
    """

    currency: str | None = None


@dataclass(frozen=True)
class RunningTotal:
    """The number is the total so far of one thing, which the field `of` names.

    A newer value replaces the earlier one, and the timeline adds up the newest values of all the things. `currency` is
    that of Increment.
    """

    of: str
    currency: str | None = None


Measure = Increment | RunningTotal


class DomainEvent(BaseModel):
    """The typed `data` of an event.

    An entity's timeline aggregates the number fields in `measures`, each as it declares, and the fields in `facets` (a
    value that is new for the entity is a signal). `address_field` names the field with the e-mail address of the
    event's subject, None once it has none: the context service keeps it for links. A field holds text from outside
    unless its type says otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    detail_type: ClassVar[str]
    version: ClassVar[int] = 1
    owner: ClassVar[str]
    example: ClassVar[Mapping[str, Any]]
    measures: ClassVar[Mapping[str, Measure]] = {}
    facets: ClassVar[tuple[str, ...]] = ()
    address_field: ClassVar[str] = ""
