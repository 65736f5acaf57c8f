"""The code review: each pull request's changes by five reviewers at once, and one review of what they report."""

from collections.abc import Mapping
from typing import Any

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import Concurrent, Strictest

REVIEWERS = ("lint_reviewer", "secrets_reviewer", "dependency_reviewer", "tests_reviewer", "design_reviewer")


def without_new_code(change: Mapping[str, Any]) -> str:
    """Why an event about a pull request starts no review, "" if it starts one."""
    if change.get("draft"):
        return "it is a draft, and is reviewed once it is ready"
    return "its title, text or base changed, and no commit" if change.get("action") == "edited" else ""


MANIFEST = AgentManifest(
    name="code_review",
    owner="engineering",
    purpose="Let reviewers look at each state of a pull request",
    subscribes=[
        Subscription("change.proposed", sources=["webhook.github"]),
        Subscription("change.updated", sources=["webhook.github"]),
        Subscription("change.closed", sources=["webhook.github"]),
    ],
    workflow=Concurrent(
        asked=REVIEWERS,
        merge={"worst": Strictest(["high", "medium", "low", "none"])},
        # A reviewer that does not answer is named in the review, and holds it up no longer than this. One whose process
        # dies gets its task again after six times its timeout, 11 minutes, and then has four.
        join="deadline",
        patience=15 * 60,
        seconds=15 * 60,
        person_seconds=15 * 60,  # nobody is asked
        same_entity="supersede",
        ends=["change.closed"],
        states=["head", "replaces"],  # the times of GitHub have seconds
        # What the author wrote stays out of the tasks.
        task=["repository_id", "number", "head"],
        skips=without_new_code,
    ),
    budget=Budget(hops=2),
    flow="code-review",
)
