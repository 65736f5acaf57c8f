"""The single requests that GitHub's operations are made of, each with the permissions that it needs and no others."""

from functions.api.connector import NextLink, Number, Operation, Paging, Text

_PULLS_READ, _PULLS_WRITE = {"pull_requests": "read"}, {"pull_requests": "write"}
_PULL = "github:pull_request/{repository}/{number}"
_REVIEW = "github:review/{repository}/{number}/{review}"
_COMMENT = "github:comment/{repository}/{comment}"
_CHECK = "github:check_run/{repository}/{check}"

APP = Operation("app.get", kind="read", entity="github:app/{app}", method="GET", path="/app", as_app=True)
FILES = Operation(
    "pull.files",
    kind="read",
    entity=_PULL,
    method="GET",
    path="/repositories/{repository}/pulls/{number}/files",
    takes={"per_page": Number(), "page": Number()},
    permissions=_PULLS_READ,
)
# The slashes of the path are encoded too, as GitHub's own libraries do.
CONTENTS = Operation(
    "contents.read",
    kind="read",
    entity="github:contents/{repository}/{path}",
    method="GET",
    path="/repositories/{repository}/contents/{path}",
    takes={"ref": Text()},
    permissions={"contents": "read"},
)
CHECK = Operation(
    "check.get",
    kind="read",
    entity=_CHECK,
    method="GET",
    path="/repositories/{repository}/check-runs/{check}",
    permissions={"checks": "read"},
)
CHECK_UPDATE = Operation(
    "check.update",
    kind="effect",
    entity=_CHECK,
    method="PATCH",
    path="/repositories/{repository}/check-runs/{check}",
    idempotency="natural",
    permissions={"checks": "write"},
)
REVIEW_CREATE = Operation(
    "review.create",
    kind="effect",
    entity=_PULL,
    method="POST",
    path="/repositories/{repository}/pulls/{number}/reviews",
    idempotency="natural",  # the caller looks for it first
    permissions=_PULLS_WRITE,
)
REVIEW_UPDATE = Operation(
    "review.update",
    kind="effect",
    entity=_REVIEW,
    method="PUT",
    path="/repositories/{repository}/pulls/{number}/reviews/{review}",
    idempotency="natural",
    permissions=_PULLS_WRITE,
)
REVIEW_COMMENTS = Operation(
    "review.comments",
    kind="read",
    entity=_REVIEW,
    method="GET",
    path="/repositories/{repository}/pulls/{number}/reviews/{review}/comments",
    sends={"per_page": "100"},
    paging=Paging(NextLink(), most=2),
    permissions=_PULLS_READ,
    keeps=["id"],
)
COMMENT_CREATE = Operation(
    "comment.create",
    kind="effect",
    entity=_PULL,
    method="POST",
    path="/repositories/{repository}/issues/{number}/comments",
    idempotency="natural",  # the caller looks for it first
    permissions=_PULLS_WRITE,
)
COMMENT_UPDATE = Operation(
    "comment.update",
    kind="effect",
    entity=_COMMENT,
    method="PATCH",
    path="/repositories/{repository}/issues/comments/{comment}",
    idempotency="natural",
    permissions=_PULLS_WRITE,
)
COMMENT_DELETE = Operation(
    "comment.delete",
    kind="effect",
    entity=_COMMENT,
    method="DELETE",
    path="/repositories/{repository}/issues/comments/{comment}",
    idempotency="natural",
    permissions=_PULLS_WRITE,
)
LINE_COMMENT = Operation(
    "line_comment.get",
    kind="read",
    entity=_COMMENT,
    method="GET",
    path="/repositories/{repository}/pulls/comments/{comment}",
    permissions=_PULLS_READ,
)
LINE_COMMENT_UPDATE = Operation(
    "line_comment.update",
    kind="effect",
    entity=_COMMENT,
    method="PATCH",
    path="/repositories/{repository}/pulls/comments/{comment}",
    idempotency="natural",
    permissions=_PULLS_WRITE,
)
REDELIVER = Operation(
    "delivery.redeliver",
    kind="effect",
    entity="github:delivery/{delivery}",
    method="POST",
    path="/app/hook/deliveries/{delivery}/attempts",
    idempotency="natural",
    as_app=True,
)
