"""What every domain event is made of."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class DomainEvent(BaseModel):
    """The typed `data` of an event.

    `measures` name its amounts and `facets` its values whose novelty means something: an entity's timeline
    keeps their aggregates. Its fields hold text from outside unless their type says otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    detail_type: ClassVar[str]
    version: ClassVar[int] = 1
    owner: ClassVar[str]
    example: ClassVar[Mapping[str, Any]]
    measures: ClassVar[tuple[str, ...]] = ()
    facets: ClassVar[tuple[str, ...]] = ()
