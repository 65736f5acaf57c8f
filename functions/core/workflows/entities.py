"""Which run is about an entity, in the table of a manager whose workflow asks for it."""

from dataclasses import dataclass
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.canonical import digest
from functions.core.platform.times import Clock, sortable
from functions.core.workflows.runs import expiration
from functions.core.workflows.versioned import Put, put_after, write


@dataclass(frozen=True)
class Current:
    """The newest event about an entity, by its `place` in their order, and the run that it started or joined.

    `run` is "" if the event ended it. `version` counts the writes. `state` and `replaced` are what the event says of
    the entity's states, if the workflow declares `states`: the one that the event is about, and the one before it.
    """

    run: str
    place: str
    version: int
    state: str = ""
    replaced: str = ""


def entity_of(event: Event) -> str:
    """The entity that an event is about: its subject, or the first that it names; "" if it names none."""
    return event.subject if event.subject in event.entities else next(iter(event.entities), "")


def place_of(event: Event) -> str:
    """The place of an event among those about the same entity: by when it happened, was received, and its id.

    It does not depend on when the event arrives here; what a provider gives no time has the time of its receipt.
    """
    try:
        happened = sortable(event.time)
    except ValueError:
        happened = event.receivedat
    return f"{happened} {event.receivedat} {event.id}"


def same_time(one: str, other: str) -> bool:
    """Whether two places are of events that happened at the same time, so that their receipt decides."""
    return one.partition(" ")[0] == other.partition(" ")[0]


class Entities:
    """The current runs in the DynamoDB table `table`, by entity."""

    def __init__(self, dynamodb: Any, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def read(self, entity: str) -> Current | None:
        """What is current; None if no event about the entity came in the last days."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(entity), ConsistentRead=True)
        if not (item := answer.get("Item")):
            return None
        texts = (item.get(name, {"S": ""})["S"] for name in ("state", "replaced"))
        return Current(item["run"]["S"], item["place"]["S"], int(item["version"]["N"]), *texts)

    def put(self, entity: str, current: Current) -> Put:
        """What stores `current` in the place of its version before."""
        item = {
            **_key(entity),
            "run": {"S": current.run},
            "place": {"S": current.place},
            "state": {"S": current.state},
            "replaced": {"S": current.replaced},
            "expiration": expiration(self._clock()),
        }
        return put_after(self._table, item, current.version)

    def save(self, entity: str, current: Current) -> None:
        """Store `current` in the place of its version before. Raises AnotherStep if that is not what is there."""
        write(self._dynamodb, [self.put(entity, current)], "the entity")


def _key(entity: str) -> dict[str, Any]:
    return {"id": {"S": f"about {digest(entity)}"}}
