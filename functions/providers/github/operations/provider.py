"""Performs GitHub's operations: those that are one request as declared, the others step by step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.api.performer import (
    Busy,
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    PermanentError,
    Platform,
    Provider,
    Refused,
    RetryableError,
    provider,
)
from functions.providers.github.operations import contents, diff, files, marks, requests, reviews
from functions.providers.github.operations.markdown import harmless

Arguments = Mapping[str, Any]
Ask = Callable[..., Any]  # ask(operation, **arguments) -> the answer of one request

UNPROCESSABLE, FORBIDDEN, MISSING = 422, 403, 404
# The connector's operations that are reads of their own here.
_PULL, _REVIEWS, _COMMENTS = "pull.get", "review.list", "comment.list"


def performer(manifest: ConnectorManifest, platform: Platform) -> Provider:
    """The performer of the deployed connector."""
    return provider(manifest, platform, GitHub)


class GitHub(Provider):
    """GitHub's API. Every request presents a token for one repository with the permissions of that request alone."""

    _app: tuple[str, str, str] | None = None  # the secret that it is of, the App's id, and its slug

    def call(self, operation: Operation, arguments: Arguments, key: str | None, seconds: float) -> Any:
        """Perform `operation`; raises what `Provider.call` raises.

        The request that acts is the last one that can fail, so that a refusal means that nothing was done.
        """
        ends = self._clock() + seconds

        def ask(declared: Operation, **given: Any) -> Any:
            return super(GitHub, self).call(declared, given, None, ends - self._clock())

        steps = {
            "pull.files": self._files,
            "contents.read": self._contents,
            "check.list": self._checks,
            "check.create": self._create_check,
            "check.update": self._update_check,
            "review.list": self._reviews,
            "review.create": self._create_review,
            "comment.list": self._comments,
            "summary.put": self._put_summary,
            "line_comment.list": self._line_comments,
            "line_comment.update": self._update_line_comment,
            "delivery.list": self._deliveries,
            "delivery.redeliver": self._redeliver,
            "hook.redeliver": self._redeliver_own,
        }
        if operation.name not in steps:
            return ask(operation, **arguments)
        return steps[operation.name](operation, arguments, ask)

    def _files(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """All files of the pull request as it is now, see `files.answered`."""
        pull, rows = self._changed(arguments, ask)
        head, changed = pull["head"], _count(pull, "changed_files")
        # A head without a repository belonged to a fork that was deleted.
        fork = str((head.get("repo") or {}).get("id")) != arguments["repository"]
        return files.answered(head["sha"], fork, rows, changed, arguments.get("first", 0))

    def _contents(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        path = contents.check_path(arguments["path"])
        try:
            answer = ask(requests.CONTENTS, repository=arguments["repository"], path=path, ref=arguments["head_sha"])
        except Refused as error:
            if error.status == MISSING:
                return contents.nothing(path, "missing")
            if error.status in (200, FORBIDDEN):  # over 100 MB, or a folder of more entries than can be read
                return contents.nothing(path, "too large")
            raise
        return contents.read(path, answer, arguments.get("sha", ""))

    def _checks(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """The check runs; the App's own have `hookline`: the effect's key."""
        found = ask(operation, **arguments)
        for run in found["items"]:
            if str((run.get("app") or {}).get("id")) == self._itself(ask)[0]:
                run["hookline"] = {"key": run.get("external_id")}
        return found

    def _create_check(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        return ask(operation, **{**arguments, **_harmless_output(arguments)})

    def _update_check(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """Update the check run, if it is the App's own and of the commit that the grant names."""
        named = {"repository": arguments["repository"], "check": str(arguments["check_run_id"])}
        run = ask(requests.CHECK, **named)
        if run["head_sha"] != arguments["head_sha"] or str((run.get("app") or {}).get("id")) != self._itself(ask)[0]:
            raise Refused("the check run is not this App's, or is not of this commit")
        sent = {name: arguments[name] for name in ("status", "conclusion") if name in arguments}
        return ask(_with_keeps(requests.CHECK_UPDATE, operation), **named, **sent, **_harmless_output(arguments))

    def _reviews(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """The reviews; the App's own have `hookline`: the effect's key, and whether all its comments are there."""
        found = ask(operation, **arguments)
        for review in found["items"]:
            mark = marks.of_review(review.get("body"))
            if mark and self._is_own(review, ask):
                key, name, comments = mark
                whole = self._has_comments(arguments, review, comments, ask)
                review["hookline"] = {"key": key, "name": name, "whole": whole}
        return found

    def _create_review(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """Review the pull request at its head; comments that GitHub does not take are in the review's text.

        If the head has a review of this name, from another event, that one is the answer. A refusal (422) names no
        comment, and a review without comments may stay behind: it is looked for, and completed instead of being
        written again.
        """
        name = marks.checked("review.create", arguments["name"])
        pull = self._at_head(arguments, ask)
        named = {part: arguments[part] for part in ("repository", "number")}
        key, given = arguments["hookline"], list(arguments.get("comments", ()))
        for comment in given:
            marks.checked("review.create", comment.get("mark", name))
        on, off = diff.split(given, self._changed(arguments, ask, pull)[1]) if given else ([], [])
        if there := self._there(arguments, named, ask):
            return there if there["hookline"]["whole"] else self._completed(there, given, arguments, ask)
        post = _with_keeps(requests.REVIEW_CREATE, self._operation(_REVIEWS))
        sent = {"commit_id": arguments["commit_id"], "event": arguments["event"]}
        written = reviews.body(arguments["body"], off, key, name, len(on))
        lines = {"comments": reviews.on_lines(on)} if on else {}
        try:
            made = ask(post, **named, **sent, body=written, **lines)
        except Refused as error:
            if error.status != UNPROCESSABLE or not on:
                raise
            if there := self._there(arguments, named, ask):
                return self._completed(there, given, arguments, ask)
            made = ask(post, **named, **sent, body=reviews.body(arguments["body"], given, key, name, 0))
            return _reviewed(made, arguments, given)
        return _reviewed(made, arguments, off)

    def _comments(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """The comments; the App's own summaries have `hookline`: the effect's key, and the summary's name."""
        found = ask(operation, **arguments)
        for comment in found["items"]:
            mark = marks.of_summary(comment.get("body"))
            if mark and self._is_own(comment, ask):
                comment["hookline"] = {"key": mark[0], "name": mark[1]}
        return found

    def _put_summary(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """Write the summary of that name anew, or for the first time; of several, one remains."""
        name, key = marks.checked("summary.put", arguments["name"]), arguments["hookline"]
        self._at_head(arguments, ask)
        named = {part: arguments[part] for part in ("repository", "number")}
        comments = self._whole(_COMMENTS, named, ask)
        mine = [one["id"] for one in comments if (one.get("hookline") or {}).get("name") == name]
        body = harmless(arguments["body"]) + marks.summary(key, name)
        keeps = self._operation(_COMMENTS)
        if not mine:
            made = ask(_with_keeps(requests.COMMENT_CREATE, keeps), **named, body=body)
        else:
            place = {"repository": arguments["repository"], "comment": str(mine[0])}
            made = ask(_with_keeps(requests.COMMENT_UPDATE, keeps), **place, body=body)
        for further in mine[1:]:  # two pushes at once made one each
            try:
                ask(requests.COMMENT_DELETE, repository=arguments["repository"], comment=str(further))
            except (PermanentError, RetryableError):
                break  # the summary is written; the next one deletes it
        return {**made, "hookline": {"key": key, "name": name}}

    def _line_comments(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """The comments on lines; the App's own have `hookline`: the agent's mark."""
        found = ask(operation, **arguments)
        for comment in found["items"]:
            mark = marks.of_line(comment.get("body"))
            if mark and self._is_own(comment, ask):
                comment["hookline"] = {"mark": mark}
        return found

    def _update_line_comment(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """Change the text of a comment on a line, if it is the App's own and of this pull request."""
        named = {"repository": arguments["repository"], "comment": str(arguments["comment_id"])}
        found = ask(requests.LINE_COMMENT, **named)
        of_pull = str(found.get("pull_request_url", "")).rpartition("/pulls/")[2] == arguments["number"]
        if not of_pull or not self._is_own(found, ask):
            raise Refused("the comment is not this App's, or is not on this pull request")
        update = _with_keeps(requests.LINE_COMMENT_UPDATE, operation)
        return ask(update, **named, body=harmless(arguments["body"]))

    def _deliveries(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        self._check_app(arguments, ask)
        return ask(operation, **arguments)

    def _redeliver(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        self._check_app(arguments, ask)
        ask(requests.REDELIVER, delivery=str(arguments["delivery"]))
        return {"delivery": arguments["delivery"]}

    def _redeliver_own(self, operation: Operation, arguments: Arguments, ask: Ask) -> Any:
        """For the reconcile service: the JWT is the App's, and so are the deliveries that it can name."""
        ask(requests.REDELIVER, delivery=str(arguments["delivery"]))
        return {"delivery": arguments["delivery"]}

    def _changed(
        self, arguments: Arguments, ask: Ask, pull: Mapping[str, Any] | None = None
    ) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
        """The pull request, and all its files. Raises Busy if it is pushed to meanwhile."""
        named = {name: arguments[name] for name in ("repository", "number")}
        before = pull or ask(self._operation(_PULL), **named)

        def fetch(size: int, page: int) -> Sequence[Mapping[str, Any]] | None:
            try:
                found = ask(requests.FILES, **named, per_page=size, page=page)
            except Refused as error:
                if error.status == 200:  # with more bytes than are read
                    return None
                raise
            if not isinstance(found, list):
                raise OutcomeUnknown("github answered without a list of files")
            return found

        changed_lines = _count(before, "additions") + _count(before, "deletions")
        rows = files.collected(fetch, changed_lines, _count(before, "changed_files"))
        after = ask(self._operation(_PULL), **named)
        if after["head"]["sha"] != before["head"]["sha"]:
            raise Busy("the pull request was pushed to while its files were read")
        return before, rows

    def _at_head(self, arguments: Arguments, ask: Ask) -> Mapping[str, Any]:
        """The pull request. Raises Refused unless it is open and `commit_id` is its head."""
        named = {name: arguments[name] for name in ("repository", "number")}
        pull: Mapping[str, Any] = ask(self._operation(_PULL), **named)
        if pull["state"] != "open":
            raise Refused("the pull request is closed: nothing is written to it")
        if pull["head"]["sha"] != arguments["commit_id"]:
            raise Refused("the pull request has a newer head: what is written would be about an older one")
        return pull

    def _there(self, arguments: Arguments, named: Arguments, ask: Ask) -> Mapping[str, Any] | None:
        """The App's review of this name and commit, whole or left behind without its comments; None without one."""
        own = [review for review in self._whole(_REVIEWS, named, ask) if review.get("hookline")]
        same = [one for one in own if one["hookline"]["name"] == arguments["name"]]
        return next((one for one in same if one["commit_id"] == arguments["commit_id"]), None)

    def _completed(
        self, left: Mapping[str, Any], given: Sequence[Mapping[str, Any]], arguments: Arguments, ask: Ask
    ) -> Any:
        """The review that stayed behind, with all comments in its text."""
        key, name = arguments["hookline"], arguments["name"]
        update = _with_keeps(requests.REVIEW_UPDATE, self._operation(_REVIEWS))
        named = {part: arguments[part] for part in ("repository", "number")}
        body = reviews.body(arguments["body"], given, key, name, 0)
        return _reviewed(ask(update, **named, review=str(left["id"]), body=body), arguments, given)

    def _has_comments(self, arguments: Arguments, review: Mapping[str, Any], number: int, ask: Ask) -> bool:
        if not number:
            return True
        named = {name: arguments[name] for name in ("repository", "number")}
        return len(ask(requests.REVIEW_COMMENTS, **named, review=str(review["id"]))["items"]) >= number

    def _whole(self, name: str, named: Arguments, ask: Ask) -> list[Any]:
        """All items of a list. Raises RetryableError if it has more pages than are read."""
        listed = self._reviews if name == _REVIEWS else self._comments
        found = listed(self._operation(name), named, ask)
        if not found["complete"]:
            raise RetryableError(f"github has more pages of {name} than are read")
        items: list[Any] = found["items"]
        return items

    def _is_own(self, written: Mapping[str, Any], ask: Ask) -> bool:
        """Whether the App wrote it: GitHub names no other user so."""
        return (written.get("user") or {}).get("login") == f"{self._itself(ask)[1]}[bot]"

    def _itself(self, ask: Ask) -> tuple[str, str]:
        """The App's id and its slug, which are asked for once for a credential."""
        secret = self.credential()
        if self._app is None or self._app[0] != secret:
            found = ask(requests.APP)
            try:
                self._app = (secret, str(found["id"]), str(found["slug"]))
            except (KeyError, TypeError):
                raise OutcomeUnknown("github answered without the App's id and slug") from None
        return self._app[1], self._app[2]

    def _check_app(self, arguments: Arguments, ask: Ask) -> None:
        if self._itself(ask)[0] != arguments["app"]:
            raise Refused("the credential is that of another App")

    def _operation(self, name: str) -> Operation:
        return next(operation for operation in self._manifest.operations if operation.name == name)


def _with_keeps(request: Operation, declared: Operation) -> Operation:
    """The request, whose answer is reduced to what the declared operation keeps."""
    return replace(request, keeps=declared.keeps)


def _harmless_output(arguments: Arguments) -> dict[str, Any]:
    """The output of a check run with its Markdown made harmless, {} without one."""
    output = arguments.get("output")
    if output is None:
        return {}
    return {"output": {**output, **{part: harmless(output[part]) for part in ("summary", "text") if part in output}}}


def _reviewed(made: Mapping[str, Any], arguments: Arguments, moved: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer about a review; `moved` are the places of comments that are in its text."""
    places = [{"path": comment["path"], "line": comment["line"]} for comment in moved]
    mark = {"key": arguments["hookline"], "name": arguments["name"], "whole": True}
    return {**made, "hookline": mark, "moved": places}


def _count(pull: Mapping[str, Any], name: str) -> int:
    value = pull.get(name)
    return value if type(value) is int else 0
