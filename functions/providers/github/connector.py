"""GitHub as a connector: pull requests, their files, reviews, comments and check runs (https://docs.github.com/rest).

A repository is named by its id, as the entities of deliveries name it: its name can become another's. GitHub takes the
id at every path below a repository's. Some operations are several requests: see `operations`.
"""

from functions.api.connector import (
    KEY,
    ConnectorManifest,
    GitHubApp,
    Listing,
    ListOf,
    NextLink,
    Number,
    Object,
    Operation,
    Paging,
    RateLimit,
    ReadBack,
    Redelivery,
    Text,
)

PULL = "github:pull_request/{repository}/{number}"
COMMIT = "github:commit/{repository}/{head_sha}"
APP = "github:app/{app}"
IDS = {"repository": "[0-9]+"}

# https://docs.github.com/rest/pulls/reviews: a body and a comment have at most 65,536 characters, and so has a check
# run's text. It gets longer by what makes it harmless, and a review's by the comments that cannot stand on a line.
BODY = Text(longest=40_000)
LINE = Number(lowest=1, highest=10_000_000)
SIDE = Text(longest=5, choices=("LEFT", "RIGHT"))
SHA = Text(longest=64)
NAME = Text(longest=60)  # letters, digits, "-" and "_"
COMMENT = Object(
    {
        "path": Text(longest=4_096),
        "line": LINE,
        "side": SIDE,
        "start_line": LINE,
        "start_side": SIDE,
        "body": Text(longest=4_000),
        "mark": NAME,  # by which the agent knows the comment again
    },
    needs=["path", "line", "body"],
)
# https://docs.github.com/rest/checks/runs; at most 50 annotations in one request.
ANNOTATION = Object(
    {
        "path": Text(longest=4_096),
        "start_line": LINE,
        "end_line": LINE,
        "annotation_level": Text(longest=7, choices=("notice", "warning", "failure")),
        "message": Text(longest=4_000),
        "title": Text(longest=255),
    },
    needs=["path", "start_line", "end_line", "annotation_level", "message"],
)
OUTPUT = Object(
    {
        "title": Text(longest=255),
        "summary": BODY,
        "text": BODY,
        "annotations": ListOf(ANNOTATION, most=50),
    },
    needs=["title", "summary"],
)
CHECK: dict[str, Text | Object] = {
    "status": Text(choices=("queued", "in_progress", "completed")),
    # Not "action_required" and "stale": the first is for apps with buttons, the second is GitHub's own.
    "conclusion": Text(choices=("success", "neutral", "skipped", "failure", "cancelled", "timed_out")),
    "output": OUTPUT,
}
CHECK_KEEPS = ["id", "name", "head_sha", "external_id", "status", "conclusion", "html_url", "app.id", "app.slug"]
COMMENT_KEEPS = ["id", "user.login", "user.type", "body", "html_url", "created_at", "updated_at", "hookline"]

MANIFEST = ConnectorManifest(
    name="github",
    owner="engineering",
    hosts=["api.github.com"],
    base="https://api.github.com/",
    credential=GitHubApp(id="repository"),
    headers={
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "hookline",  # https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
    },
    # https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    rate_limit=RateLimit(403, remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", words="rate limit"),
    seconds=60,
    operations=[
        Operation(
            "pull.get",
            kind="read",
            entity=PULL,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/pulls/{number}",
            permissions={"pull_requests": "read"},
            keeps=[
                "number",
                "state",
                "draft",
                "merged",
                "title",
                "body",
                "user.login",
                "user.type",
                "author_association",
                "head.sha",
                "head.ref",
                "head.repo.id",
                "base.sha",
                "base.ref",
                "additions",
                "deletions",
                "changed_files",
                "html_url",
            ],
        ),
        # {"head", "fork", "items", "next", "total", "complete", "not_reviewed"}: see operations/files.py.
        Operation(
            "pull.files",
            kind="read",
            entity=PULL,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/pulls/{number}/files",
            takes={"first": Number(lowest=0, highest=3_000)},
            permissions={"pull_requests": "read"},
        ),
        # {"path", "kind", "size", "text"}: see operations/contents.py.
        Operation(
            "contents.read",
            kind="read",
            entity=COMMIT,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/contents",
            takes={"path": Text(longest=4_096), "sha": SHA},
            needs=["path"],
            permissions={"contents": "read"},
        ),
        Operation(
            "check.list",
            kind="read",
            entity=COMMIT,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/commits/{head_sha}/check-runs",
            sends={"filter": "all", "per_page": "100"},
            paging=Paging(NextLink(), items="check_runs", most=10),
            permissions={"checks": "read"},
            keeps=[*CHECK_KEEPS, "hookline"],
        ),
        Operation(
            "check.create",
            kind="effect",
            entity=COMMIT,
            ids=IDS,
            method="POST",
            path="/repositories/{repository}/check-runs",
            takes={"name": Text(longest=255), **CHECK},
            needs=["name"],
            idempotency="none",
            sends={"external_id": KEY},
            read_back=ReadBack("check.list", items="items", proof={"external_id": KEY}),
            permissions={"checks": "write"},
            keeps=CHECK_KEEPS,
        ),
        Operation(
            "check.update",
            kind="effect",
            entity=COMMIT,
            ids=IDS,
            method="PATCH",
            path="/repositories/{repository}/check-runs",
            takes={"check_run_id": Number(lowest=1), **CHECK},
            needs=["check_run_id"],
            idempotency="natural",
            permissions={"checks": "write"},
            keeps=CHECK_KEEPS,
        ),
        Operation(
            "review.list",
            kind="read",
            entity=PULL,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/pulls/{number}/reviews",
            sends={"per_page": "100"},
            paging=Paging(NextLink(), most=30),
            permissions={"pull_requests": "read"},
            keeps=["id", "user.login", "user.type", "body", "state", "commit_id", "html_url", "hookline"],
        ),
        # Never an approval, and never a request for changes, which blocks a merge. A commit has one review of a name.
        Operation(
            "review.create",
            kind="effect",
            entity=PULL,
            ids=IDS,
            method="POST",
            path="/repositories/{repository}/pulls/{number}/reviews",
            takes={"name": NAME, "commit_id": SHA, "body": BODY, "comments": ListOf(COMMENT, most=60)},
            needs=["name", "commit_id", "body"],
            idempotency="none",
            sends={"event": "COMMENT", "hookline": KEY},
            # A review without the comments that were sent with it can stay behind: it proves nothing.
            read_back=ReadBack("review.list", items="items", proof={"hookline.key": KEY, "hookline.whole": True}),
            permissions={"pull_requests": "write"},
        ),
        Operation(
            "comment.list",
            kind="read",
            entity=PULL,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/issues/{number}/comments",
            sends={"per_page": "100"},
            paging=Paging(NextLink(), most=30),
            permissions={"pull_requests": "read"},
            keeps=COMMENT_KEEPS,
        ),
        # One comment under a name, which is made once and changed from then on.
        Operation(
            "summary.put",
            kind="effect",
            entity=PULL,
            ids=IDS,
            method="POST",
            path="/repositories/{repository}/issues/{number}/comments",
            takes={"name": NAME, "commit_id": SHA, "body": BODY},
            needs=["name", "commit_id", "body"],
            idempotency="none",
            sends={"hookline": KEY},
            read_back=ReadBack("comment.list", items="items", proof={"hookline.key": KEY}),
            permissions={"pull_requests": "write"},
        ),
        Operation(
            "line_comment.list",
            kind="read",
            entity=PULL,
            ids=IDS,
            method="GET",
            path="/repositories/{repository}/pulls/{number}/comments",
            sends={"per_page": "100"},
            paging=Paging(NextLink(), most=30),
            permissions={"pull_requests": "read"},
            # `line` is null once the line has left the diff.
            keeps=[
                *COMMENT_KEEPS,
                "pull_request_review_id",
                "in_reply_to_id",
                "path",
                "line",
                "side",
                "original_line",
                "commit_id",
                "original_commit_id",
            ],
        ),
        # Its text alone, and only of the App's own. The REST API can neither resolve a thread nor hide a comment.
        Operation(
            "line_comment.update",
            kind="effect",
            entity=PULL,
            ids=IDS,
            method="PATCH",
            path="/repositories/{repository}/pulls/comments",
            takes={"comment_id": Number(lowest=1), "body": Text(longest=4_000)},
            needs=["comment_id", "body"],
            idempotency="natural",
            permissions={"pull_requests": "write"},
            keeps=COMMENT_KEEPS,
        ),
        # Of the App's webhook, for three days. GitHub never delivers again by itself.
        Operation(
            "delivery.list",
            kind="read",
            entity=APP,
            ids={"app": "[0-9]+"},
            method="GET",
            path="/app/hook/deliveries",
            takes={"status": Text(choices=("success", "failure"))},
            sends={"per_page": "100"},
            paging=Paging(NextLink(), most=10),
            as_app=True,
        ),
        # Its guid stays, so that the verifier takes what it has for a copy.
        Operation(
            "delivery.redeliver",
            kind="effect",
            entity=APP,
            ids={"app": "[0-9]+"},
            method="POST",
            path="/app/hook/deliveries",
            takes={"delivery": Number(lowest=1)},
            needs=["delivery"],
            idempotency="natural",
            as_app=True,
        ),
    ],
    # Of all attempts to deliver, the newest first: https://docs.github.com/rest/apps/webhooks
    listings=[
        Listing(
            "hook.deliveries",
            path="/app/hook/deliveries",
            takes={"cursor": Text(longest=500)},
            sends={"per_page": 100},
            as_app=True,
            cursor="cursor",
            keeps=["id", "guid", "delivered_at", "redelivery", "status", "status_code", "event"],
        ),
        Redelivery(
            "hook.redeliver",
            path="/app/hook/deliveries",
            takes={"delivery": Number(lowest=1)},
            needs=["delivery"],
            as_app=True,
        ),
    ],
)
