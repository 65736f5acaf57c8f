"""The review's publisher: writes one review for each head of a pull request, from what the reviewers reported."""

from collections.abc import Mapping
from typing import Any

from functions.agents.review_publisher.review import Comment, Review, merged
from functions.agents.review_publisher.tools import GithubReviewCreateCommentsItem, Tools
from functions.api.agent import Done, Event, PermanentError
from functions.api.changes import Proposed, ReviewerReport, read_change, read_report

NAME = "code-review"  # of the review and the summary
CHECK = "Code review"
ASKED = ("dependency_reviewer", "design_reviewer", "lint_reviewer", "secrets_reviewer", "tests_reviewer")
UNPUBLISHED = ("cancelled", "superseded")


def run(event: Event, tools: Tools) -> Done:
    """Publish the review that the run ended with. Raises the connector's error if GitHub does not take it.

    The check run is written last: a head that has one is reviewed. The connector finds what comes before it again, by
    the ledger's key and by the head, so neither a second try nor another run about the head writes it twice.
    """
    if event.data["state"] in UNPUBLISHED:
        return Done(f"the run is {event.data['state']}: nothing to publish")
    proposed = Proposed.of(event.entities)
    if why := _outdated(proposed, tools) or _reviewed(proposed, tools):
        return Done(why)
    reading = read_change(proposed, tools.github.pull_files)
    if reading.moved:
        return Done("the pull request has a newer head")
    review = merged(reading.change, _reports(event.data["result"]), ASKED, _known(proposed, tools))
    try:
        _publish(review, proposed, tools)
    except PermanentError:
        # GitHub's connector refuses what is about an older head, or about a pull request that was closed meanwhile.
        if why := _outdated(proposed, tools):
            return Done(why)
        raise
    return Done(f"published {len(review.comments)} comments; the check run is {review.conclusion}")


def _outdated(proposed: Proposed, tools: Tools) -> str:
    """Why nothing is published about this head any more, "" if it still is the one to review."""
    pull = tools.github.pull_get(repository=proposed.repository, number=proposed.number)
    if pull["state"] != "open":
        return "the pull request is closed"
    if pull["head"]["sha"] != proposed.head:
        return "the pull request has a newer head"
    return "the pull request is a draft" if pull.get("draft") else ""


def _reviewed(proposed: Proposed, tools: Tools) -> str:
    """That the head has our check run, "" if it has none. Another App's of the same name does not count."""
    runs = tools.github.check_list(repository=proposed.repository, head_sha=proposed.head)["items"]
    ours = [one for one in runs if one.get("hookline") and one["name"] == CHECK and one["status"] == "completed"]
    return "the head is reviewed already" if ours else ""


def _known(proposed: Proposed, tools: Tools) -> frozenset[str]:
    """The marks of our comments on earlier heads: what they say is not repeated.

    Those of this head's review are left out, so that a second try writes what the first one did.
    """
    found = tools.github.line_comment_list(repository=proposed.repository, number=proposed.number)["items"]
    earlier = [one for one in found if one.get("original_commit_id") != proposed.head]
    return frozenset(one["hookline"]["mark"] for one in earlier if one.get("hookline"))


def _reports(result: Mapping[str, Any]) -> dict[str, ReviewerReport]:
    """The reports of the reviewers that answered, read again: a member may have been taken over."""
    answers = result.get("answers") or {}
    return {name: read_report(answers[name]) for name in ASKED if isinstance(answers.get(name), Mapping)}


def _publish(review: Review, proposed: Proposed, tools: Tools) -> None:
    github, place = tools.github, {"repository": proposed.repository, "number": proposed.number}
    at = {**place, "name": NAME, "commit_id": proposed.head}
    if review.comments:
        head = f"{review.head} The summary says what else was found, and what was not reviewed."
        github.review_create(**at, body=head, comments=[_sent(one) for one in review.comments])
    if review.speaks or _has_summary(proposed, tools):
        github.summary_put(**at, body=review.summary)
    github.check_create(
        repository=proposed.repository,
        head_sha=proposed.head,
        name=CHECK,
        status="completed",
        conclusion=review.conclusion,
        output={"title": review.head, "summary": review.summary},
    )


def _has_summary(proposed: Proposed, tools: Tools) -> bool:
    """Whether an earlier head has a summary, which says what is not so any more."""
    found = tools.github.comment_list(repository=proposed.repository, number=proposed.number)["items"]
    return any(one.get("hookline", {}).get("name") == NAME for one in found)


def _sent(comment: Comment) -> GithubReviewCreateCommentsItem:
    return {
        "path": comment.path,
        "line": comment.line,
        "side": comment.side,
        "body": comment.body,
        "mark": comment.fingerprint,
    }
