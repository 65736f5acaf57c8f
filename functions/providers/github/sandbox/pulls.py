"""Pull requests: their files, reviews and comments. The caller holds the account's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from functions.providers.github.sandbox import objects
from functions.providers.github.sandbox.account import NAMES, Account, Repo
from functions.providers.github.sandbox.errors import GitHubError
from functions.providers.github.sandbox.git import Changed
from functions.providers.github.sandbox.lines import shown
from functions.providers.github.sandbox.objects import API, Object

STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
MOST_FILES, LONGEST_BODY = 3_000, 65_536


@dataclass(frozen=True)
class Call:
    """A call below a repository: the numbers and the rest in its path, its query, and its body."""

    account: Account
    repo: Repo
    parts: Sequence[str]
    query: dict[str, str]
    body: dict[str, Any]

    @property
    def url(self) -> str:
        return f"{API}/repos/{NAMES[self.repo.id]}"

    @property
    def pull(self) -> Object:
        """The pull request that the path names. Raises GitHubError if there is none."""
        number = int(self.parts[0])
        if number not in self.repo.pulls:
            raise GitHubError(404, "Not Found")
        return self.repo.pulls[number]

    def held(self, objects: dict[int, Object], id: str) -> Object:
        """The object of that id in this repository. Raises GitHubError if there is none."""
        found = objects.get(int(id))
        if found is None or found["pull"][0] != self.repo.id:
            raise GitHubError(404, "Not Found")
        return found


def get(call: Call) -> Object:
    return call.account.written(call.repo, call.pull)


def files(call: Call) -> list[Object]:
    """A page of the files; GitHub cuts it without a word once its patches are long."""
    size, page = int(call.query.get("per_page", 30)), int(call.query.get("page", 1))
    size = min(size, 100)
    rows = call.account.changed(call.repo, call.pull)[:MOST_FILES][(page - 1) * size : page * size]
    limit, lines = call.account.settings.patch_lines, 0
    answer: list[Object] = []
    for row in rows:
        lines += (row.patch or "").count("\n") + 1 if row.patch else 0
        answer.append(_file(call, row, cut=lines > limit and bool(answer), longest=limit))
    return answer


def _file(call: Call, row: Changed, cut: bool, longest: int) -> Object:
    path, head = quote(row.path), call.pull["head_sha"]
    site = f"{objects.SITE}/{NAMES[call.repo.id]}"
    additions, deletions = (0, 0) if cut else (row.additions, row.deletions)
    patch = row.patch if row.patch and not cut and row.patch.count("\n") < longest else None
    return {
        "sha": row.sha,
        "filename": row.path,
        "status": STATUSES[row.status],
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "blob_url": f"{site}/blob/{head}/{path}",
        "raw_url": f"{site}/raw/{head}/{path}",
        "contents_url": f"{call.url}/contents/{path}?ref={head}",
        **({"patch": patch} if patch else {}),
        **({"previous_filename": row.before} if row.before else {}),
    }


def list_reviews(call: Call) -> list[Object]:
    return [_review(call, one) for one in call.account.reviews.values() if one["pull"] == _key(call)]


def create_review(call: Call) -> Object:
    """A review with all of its comments, or a 422 that names none of them."""
    account, pull, given = call.account, call.pull, call.body
    event, body, comments = given.get("event"), given.get("body") or "", given.get("comments", [])
    if event not in ("APPROVE", "REQUEST_CHANGES", "COMMENT") or not (body or event == "APPROVE"):
        raise GitHubError(422, "Unprocessable Entity", ["Body can't be blank"])
    commit = str(given.get("commit_id", pull["head_sha"]))
    if len(body) > LONGEST_BODY or not call.repo.git.has(commit):
        raise GitHubError(422, "Unprocessable Entity", ["Body is too long" if body else "No commit found"])
    wrong = next(filter(None, (_unresolved(call, comment) for comment in comments)), "")
    settings = account.settings
    if comments and settings.refuse_reviews:
        settings.refuse_reviews -= 1
        wrong = wrong or "Line could not be resolved"
    if wrong and not settings.leave_empty:
        raise GitHubError(422, "Unprocessable Entity", [wrong])
    id = account.new_id()
    about = {"id": id, "pull": _key(call), "body": body, "commit": commit, "at": account.now(), "event": event}
    account.reviews[id] = about
    if wrong:
        raise GitHubError(422, "Unprocessable Entity", [wrong])
    account.record("review.create", id, commit=commit)
    for comment in comments:
        _comment_on_line(call, comment, id, commit)
    return _review(call, about)


def update_review(call: Call) -> Object:
    review = call.held(call.account.reviews, call.parts[1])
    review["body"] = call.body["body"]
    call.account.record("review.update", review["id"])
    return _review(call, review)


def review_comments(call: Call) -> list[Object]:
    review = call.held(call.account.reviews, call.parts[1])
    return [_line_comment(call, one) for one in _of(call, call.account.line_comments) if one["review"] == review["id"]]


def line_comments(call: Call) -> list[Object]:
    return [_line_comment(call, one) for one in _of(call, call.account.line_comments)]


def get_line_comment(call: Call) -> Object:
    return _line_comment(call, call.held(call.account.line_comments, call.parts[0]))


def update_line_comment(call: Call) -> Object:
    comment = call.held(call.account.line_comments, call.parts[0])
    comment["body"] = call.body["body"]
    call.account.record("line_comment.update", comment["id"])
    return _line_comment(call, comment)


def comments(call: Call) -> list[Object]:
    return [_comment(call, one) for one in _of(call, call.account.comments)]


def create_comment(call: Call) -> Object:
    if not call.body.get("body") or len(call.body["body"]) > LONGEST_BODY:
        raise GitHubError(422, "Validation Failed", [{"resource": "IssueComment", "code": "missing", "field": "body"}])
    id = call.account.new_id()
    about = {"id": id, "pull": _key(call), "body": call.body["body"], "at": call.account.now(), "login": ""}
    call.account.comments[id] = about
    call.account.record("comment.create", id)
    return _comment(call, about)


def update_comment(call: Call) -> Object:
    comment = call.held(call.account.comments, call.parts[0])
    comment["body"] = call.body["body"]
    call.account.record("comment.update", comment["id"])
    return _comment(call, comment)


def delete_comment(call: Call) -> None:
    comment = call.held(call.account.comments, call.parts[0])
    del call.account.comments[comment["id"]]
    call.account.record("comment.delete", comment["id"])


def _key(call: Call) -> tuple[int, int]:
    return call.repo.id, call.pull["number"]


def _of(call: Call, objects: dict[int, Object]) -> list[Object]:
    return [one for one in objects.values() if one["pull"] == _key(call)]


def _lines(call: Call, path: str, pull: Object) -> dict[tuple[str, int], tuple[int, str]]:
    rows = call.account.changed(call.repo, pull)
    return next((shown(row.patch) for row in rows if row.path == path), {})


def _unresolved(call: Call, comment: Object) -> str:
    """Why a comment has no place in the diff, "" if it has one."""
    lines = _lines(call, comment.get("path", ""), call.pull)
    if not lines:
        return "Path could not be resolved"
    side = str(comment.get("side", "RIGHT"))
    end = lines.get((side, comment.get("line", 0)))
    start = lines.get((str(comment.get("start_side", side)), comment.get("start_line") or comment.get("line", 0)))
    if end is None or start is None or not comment.get("body"):
        return "Line could not be resolved"
    return "" if end[0] == start[0] else "start_line must be part of the same hunk as the line."


def _comment_on_line(call: Call, given: Object, review: int, commit: str) -> None:
    id = call.account.new_id()
    side = given.get("side", "RIGHT")
    call.account.line_comments[id] = {
        "id": id,
        "pull": _key(call),
        "review": review,
        "path": given["path"],
        "line": given["line"],
        "side": side,
        "text": _lines(call, given["path"], call.pull)[side, given["line"]][1],
        "body": given["body"],
        "commit": commit,
        "at": call.account.now(),
    }


def _review(call: Call, about: Object) -> Object:
    number = about["pull"][1]
    page, url = f"{objects.SITE}/{NAMES[call.repo.id]}/pull/{number}", f"{call.url}/pulls/{number}"
    html = f"{page}#pullrequestreview-{about['id']}"
    states = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}
    return {
        "id": about["id"],
        "node_id": f"PRR_{about['id']}",
        "user": objects.app_user(),
        "body": about["body"],
        "state": states[about["event"]],
        "html_url": html,
        "pull_request_url": url,
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "submitted_at": objects.moment(about["at"]),
        "commit_id": about["commit"],
        "author_association": "NONE",
    }


def _line_comment(call: Call, about: Object) -> Object:
    pull = call.repo.pulls[about["pull"][1]]
    number, url = pull["number"], f"{call.url}/pulls/comments/{about['id']}"
    lines = _lines(call, about["path"], pull)
    here = lines.get((about["side"], about["line"]), (0, None))[1] == about["text"]
    moved = (place[1] for place, (_, text) in lines.items() if place[0] == about["side"] and text == about["text"])
    line = about["line"] if here else next(moved, None)
    html = f"{objects.SITE}/{NAMES[call.repo.id]}/pull/{number}#discussion_r{about['id']}"
    of_pull = f"{call.url}/pulls/{number}"
    return {
        "url": url,
        "pull_request_review_id": about["review"],
        "id": about["id"],
        "node_id": f"PRRC_{about['id']}",
        "diff_hunk": f"@@ {about['text']}",
        "path": about["path"],
        "commit_id": pull["head_sha"] if line else about["commit"],
        "original_commit_id": about["commit"],
        "user": objects.app_user(),
        "body": about["body"],
        "created_at": objects.moment(about["at"]),
        "updated_at": objects.moment(about["at"]),
        "html_url": html,
        "pull_request_url": of_pull,
        "author_association": "NONE",
        "_links": {"self": {"href": url}, "html": {"href": html}, "pull_request": {"href": of_pull}},
        "position": 1 if line else None,
        "original_position": 1,
        "line": line,
        "original_line": about["line"],
        "side": about["side"],
        "subject_type": "line",
    }


def _comment(call: Call, about: Object) -> Object:
    number = about["pull"][1]
    return {
        "id": about["id"],
        "node_id": f"IC_{about['id']}",
        "url": f"{call.url}/issues/comments/{about['id']}",
        "html_url": f"{objects.SITE}/{NAMES[call.repo.id]}/pull/{number}#issuecomment-{about['id']}",
        "issue_url": f"{call.url}/issues/{number}",
        "body": about["body"],
        "user": objects.user(about["login"]) if about["login"] else objects.app_user(),
        "created_at": objects.moment(about["at"]),
        "updated_at": objects.moment(about["at"]),
        "author_association": "NONE",
        "performed_via_github_app": None if about["login"] else objects.app(),
    }
