"""What is kept of an agent's runs and of an operation's calls, so that a decision can be explained and run again."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.core.manifests.checks import require, require_paths


@dataclass(frozen=True)
class Recorded:
    """What a record leaves out.

    `redact` are dotted paths, each into a call's arguments and answer, or into an event's data and its raw body; a path
    through a list is one into each of its items. With `scrub`, texts lose credentials, e-mail addresses, phone and card
    numbers wherever they stand. Signed tokens and grants are never recorded.
    """

    redact: Sequence[str] = ()
    scrub: bool = True

    def __post_init__(self) -> None:
        require_paths("recorded redact", self.redact)
        require(isinstance(self.scrub, bool), f"recorded scrub {self.scrub!r}: True or False")


def require_recorded(what: str, value: object) -> bool:
    """Require a Recorded, or None for what is not recorded."""
    good = value is None or isinstance(value, Recorded)
    return require(good, f"{what} recorded {value!r}: write a Recorded(…), or None to keep no record")
