"""The agent."""

from functions.api.agent import Done, Event, Outcome, Tools


def run(event: Event, tools: Tools) -> Outcome:
    """Comment on the first line of the first file; if the title says so, on another pull request."""
    pull = {"repository": event.data["repository_id"], "number": str(event.data["number"])}
    if event.data["title"] == "another":
        pull["number"] = "2"
    head = event.data["head"]
    github = tools.github
    files = github.pull_files(**pull)["items"]
    github.contents_read(repository=pull["repository"], head_sha=head, path=files[0]["filename"])
    comment = {"path": files[0]["filename"], "line": 1, "body": "Hm."}
    github.review_create(**pull, name="review", commit_id=head, body="One finding.", comments=[comment])
    github.summary_put(**pull, name="review", commit_id=head, body="One finding.")
    done = {"status": "completed", "conclusion": "neutral"}
    github.check_create(repository=pull["repository"], head_sha=head, name="review", **done)
    return Done("reviewed")
