"""What a manifest knows of a workflow, whatever its pattern is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence


class Workflow(ABC):
    """The base class of what patterns declare (functions.core.workflows.declaration)."""

    # The deadline of a run, in seconds, the members that can undo what they did, and the detail types that end a run.
    seconds: int
    compensates: Sequence[str]
    ends: Sequence[str]

    @property
    @abstractmethod
    def digest(self) -> str:
        """A digest of everything declared; of a function, its name."""

    @property
    @abstractmethod
    def members(self) -> Sequence[str]:
        """The agents that get tasks; one with two parts stands there twice."""
