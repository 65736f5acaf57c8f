"""A workflow's manifest: its name, what starts a run, its members and limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.core.manifests.agent import Subscription
from functions.core.manifests.checks import require, require_list, require_name, require_tag
from functions.core.workflows.declaration import Declaration


@dataclass(frozen=True)
class WorkflowManifest:
    """One workflow. Each event of `starts` begins a run of `declared`, the declaration of a pattern.

    Raises ManifestError. Whether the members are agents is checked where the agents are known.
    """

    name: str
    owner: str
    purpose: str
    starts: Sequence[Subscription]
    declared: Declaration

    def __post_init__(self) -> None:
        what = f"workflow {self.name!r}"
        require_name("workflow", self.name)
        require_tag(f"{what} owner", self.owner)
        require_tag(f"{what} purpose", self.purpose)
        require(self.starts, f"{what} starts with nothing, so no run would ever begin")
        require_list(f"{what} starts", self.starts, Subscription)
        require(
            isinstance(self.declared, Declaration), f"{what} declared {self.declared!r}: write a pattern's declaration"
        )

    @property
    def members(self) -> tuple[str, ...]:
        """The agents that take part, each once."""
        return tuple(dict.fromkeys(self.declared.members))
