"""The settings of the published review. A change here changes what people see on each pull request."""

from dataclasses import dataclass
from typing import Final, Literal

from functions.api.changes import Severity


@dataclass(frozen=True)
class Settings:
    """How much is said, and how.

    `without_findings` is what a change without findings gets: a check run alone, or a short comment too. `failing` is
    the severity from which the check run fails; None: it never does, and no review requests changes.
    """

    most_comments: int = 10
    most_names: int = 20  # of files that were not reviewed, in the summary
    without_findings: Literal["check", "comment"] = "check"
    failing: Severity | None = None


SETTINGS: Final = Settings()
