"""The single requests that GitHub's operations are made of, each with the permissions that it needs and no others."""

from functions.api.connector import NextLink, Number, Paging, Request, Text

_PULLS_READ, _PULLS_WRITE = {"pull_requests": "read"}, {"pull_requests": "write"}
_REPOSITORY = "/repositories/{repository}"
_PULL, _REVIEWS = f"{_REPOSITORY}/pulls/{{number}}", f"{_REPOSITORY}/pulls/{{number}}/reviews"
_CHECK, _COMMENT = f"{_REPOSITORY}/check-runs/{{check}}", f"{_REPOSITORY}/issues/comments/{{comment}}"
_LINE_COMMENT = f"{_REPOSITORY}/pulls/comments/{{comment}}"

APP = Request("app.get", path="/app", as_app=True)
FILES = Request(
    "pull.files", path=f"{_PULL}/files", takes={"per_page": Number(), "page": Number()}, permissions=_PULLS_READ
)
# The slashes of the path are encoded too, as GitHub's own libraries do.
CONTENTS = Request(
    "contents.read",
    path=f"{_REPOSITORY}/contents/{{path}}",
    takes={"ref": Text()},
    permissions={"contents": "read"},
)
CHECK = Request("check.get", path=_CHECK, permissions={"checks": "read"})
CHECK_UPDATE = Request("check.update", kind="effect", method="PATCH", path=_CHECK, permissions={"checks": "write"})
# The caller looks for a review or a comment first.
REVIEW_CREATE = Request("review.create", kind="effect", method="POST", path=_REVIEWS, permissions=_PULLS_WRITE)
REVIEW_UPDATE = Request(
    "review.update", kind="effect", method="PUT", path=f"{_REVIEWS}/{{review}}", permissions=_PULLS_WRITE
)
REVIEW_COMMENTS = Request(
    "review.comments",
    path=f"{_REVIEWS}/{{review}}/comments",
    sends={"per_page": "100"},
    paging=Paging(NextLink(), most=2),
    permissions=_PULLS_READ,
    keeps=["id"],
)
COMMENT_CREATE = Request(
    "comment.create",
    kind="effect",
    method="POST",
    path=f"{_REPOSITORY}/issues/{{number}}/comments",
    permissions=_PULLS_WRITE,
)
COMMENT_UPDATE = Request("comment.update", kind="effect", method="PATCH", path=_COMMENT, permissions=_PULLS_WRITE)
COMMENT_DELETE = Request("comment.delete", kind="effect", method="DELETE", path=_COMMENT, permissions=_PULLS_WRITE)
LINE_COMMENT = Request("line_comment.get", path=_LINE_COMMENT, permissions=_PULLS_READ)
LINE_COMMENT_UPDATE = Request(
    "line_comment.update", kind="effect", method="PATCH", path=_LINE_COMMENT, permissions=_PULLS_WRITE
)
REDELIVER = Request(
    "delivery.redeliver", kind="effect", method="POST", path="/app/hook/deliveries/{delivery}/attempts", as_app=True
)
