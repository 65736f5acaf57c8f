"""What decides in place of a model, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from functions.core.platform.errors import HooklineError

Output = TypeVar("Output")


class Cause(StrEnum):
    """Why a model did not decide; the value is the text on record."""

    NO_MODEL = "the agent has no model"
    SLOW = "the model would take longer than the event has"
    DOWN = "the model cannot be reached"
    OVER_BUDGET = "the budget of model calls is used up"
    FILTERED = "the provider filtered the answer"
    NONSENSE = "the model did not answer with what was asked, after its repairs"
    TOO_LONG = "the prompt is too long, or not text"
    REFUSED = "the provider refused the request"


@dataclass(frozen=True)
class AskPerson:
    """A fall-back: a person is asked `question`, and sees `evidence`. The event is then handled."""

    question: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision(Generic[Output]):
    """The `output`, and who decided it: the model, or the rule that stands in for it. `why` is "" for the model."""

    output: Output
    by: Literal["model", "rule"]
    why: str = ""


Fallback = Callable[[], Output] | AskPerson


@dataclass(frozen=True)
class Decided:
    """Who decided one run, for the audit trail; `prompt` is the SHA-256 of the prompt's file."""

    by: Literal["model", "rule", "person"]
    prompt: str
    cause: Cause | None = None

    def __str__(self) -> str:
        return f"decided by a {self.by}: {self.cause}" if self.cause else f"decided by the {self.by}"


class NoDecision(HooklineError):
    """The model did not decide, for `cause`."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(str(cause))
        self.cause = cause


class PersonDecides(HooklineError):
    """A person decides in place of the model; the runtime asks them."""

    def __init__(self, person: AskPerson, cause: Cause) -> None:
        super().__init__(str(cause))
        self.question = person.question
        self.evidence = person.evidence
