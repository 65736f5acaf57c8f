"""The base class of every domain event."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class DomainEvent(BaseModel):
    """The typed `data` of an event.

    An entity's timeline aggregates the fields in `measures` (amounts) and `facets` (a value that is new for the entity
    is a signal). A field holds text from outside unless its type says otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    detail_type: ClassVar[str]
    version: ClassVar[int] = 1
    owner: ClassVar[str]
    example: ClassVar[Mapping[str, Any]]
    measures: ClassVar[tuple[str, ...]] = ()
    facets: ClassVar[tuple[str, ...]] = ()
