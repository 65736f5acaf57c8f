"""What a run receives and what it wants done: messages in, commands out. Plain values that JSON can hold.

A member is an agent, by its name. Who sent a message is for the driver to verify; a machine believes `member`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from functions.core.platform.errors import PermanentError
from functions.core.workflows.contents import MOST_TASK, Unfit, json_object
from functions.core.workflows.ends import EndState

MOST_ENTITIES = 50


@dataclass(frozen=True)
class Start:
    """Begin: `task` is the event's data, `entities` are those of its grant.

    Raises PermanentError if the task is not JSON or too large for a run's state.
    """

    task: Mapping[str, Any]
    entities: Sequence[str] = ()

    def __post_init__(self) -> None:
        try:
            json_object(self.task, MOST_TASK)
        except Unfit as error:
            raise PermanentError(f"a workflow's task: {error}") from None
        if len(self.entities) > MOST_ENTITIES:
            raise PermanentError(f"a workflow of {len(self.entities)} entities: at most {MOST_ENTITIES}")


@dataclass(frozen=True)
class News:
    """The event `event` joins the run, because it is about the same entity; `data` is its data.

    Raises PermanentError if the data is not JSON or too large for a run's state.
    """

    event: str
    data: Mapping[str, Any]

    def __post_init__(self) -> None:
        try:
            json_object(self.data, MOST_TASK)
        except Unfit as error:
            raise PermanentError(f"an event that joins a run: {error}") from None


@dataclass(frozen=True)
class Reply:
    """What `member` answers to the task with the id `task`."""

    member: str
    task: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """What a person, or a review's default, decided on the question with the id `task`.

    `content` is what the person fills in, if the question asks for something.
    """

    task: str
    result: Literal["approved", "denied", "expired"]
    content: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Deadline:
    """The time that SetDeadline with this `id` asked for is over."""

    id: str


@dataclass(frozen=True)
class Cancel:
    """An operator ends the run; what declares a compensation is compensated."""

    reason: str = ""


@dataclass(frozen=True)
class Superseded:
    """The event `by` made the run pointless, such as a newer push to the same pull request, or its being closed.

    What declares a compensation is compensated.
    """

    by: str


Message = Start | News | Reply | Decision | Deadline | Cancel | Superseded


@dataclass(frozen=True)
class Assign:
    """Give `member` a task. `id` is unique, and the same whenever the same step is repeated."""

    id: str
    member: str
    payload: Mapping[str, Any]
    kind: Literal["assign"] = "assign"


@dataclass(frozen=True)
class AskPerson:
    """Open a review; `evidence` is what the person must know. The answer is a Decision with this id."""

    id: str
    question: str
    evidence: Mapping[str, Any]
    seconds: int
    kind: Literal["ask_person"] = "ask_person"


@dataclass(frozen=True)
class SetDeadline:
    """Send Deadline(id) after `seconds`. Nothing cancels it: one that comes too late changes nothing."""

    id: str
    seconds: int
    kind: Literal["set_deadline"] = "set_deadline"


@dataclass(frozen=True)
class Compensate:
    """Ask `member` to undo what it did for `task`. It may not have acted, or may not have begun."""

    id: str
    member: str
    task: str
    kind: Literal["compensate"] = "compensate"


@dataclass(frozen=True)
class End:
    """The run is over. This is the last command of a run. `reason` and `result` can hold what members wrote."""

    state: EndState
    reason: str
    result: Mapping[str, Any]
    kind: Literal["end"] = "end"


Command = Assign | AskPerson | SetDeadline | Compensate | End

# Commands as JSON: what a driver stores until they are published.
COMMANDS: TypeAdapter[tuple[Command, ...]] = TypeAdapter(
    tuple[Annotated[Assign | AskPerson | SetDeadline | Compensate | End, Field(discriminator="kind")], ...]
)
