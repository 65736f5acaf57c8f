"""Control requests: what people and other programs do at GitHub, and how the sandbox behaves.

    POST commits   {"branch", "files", "repository", "fork", "base", "message", "author"}: a push; open pull requests of
                   the branch get the new head. `files` has what each path holds: {"text"}, {"base64"}, {"symlink"},
                   {"submodule"}, {"bytes": size}, or null to delete it.
    POST pulls     {"branch", "base", "title", "body", "author", "draft", "fork", "repository"}: opens one
    POST pulls/N   {"action": "close" | "merge" | "reopen" | "ready" | "edit", "title", "body", "repository"}
    POST pulls/of  the same with a "branch" (and "fork") in place of the number: its latest pull request
    POST comments  {"pull", "author", "body", "repository"}: a person comments on a pull request
    GET deliveries what is to be sent and was not yet asked for: redeliveries

A push, an opened and a changed pull request are answered with the deliveries to send; with "lost": true they are not
to be sent, and GitHub lists them as failed. `fork` is the owner of the fork that a branch is in.
"""

import base64
import binascii
import re
from typing import Any

from functions.api.sandbox import BadControl, json_object, no_more, one_of, take
from functions.providers.github.sandbox.account import HELLO, NAMES, Account, Repo
from functions.providers.github.sandbox.deliveries import deliver, to_send
from functions.providers.github.sandbox.git import Entry
from functions.providers.github.sandbox.objects import Object

LARGEST_FILE = 60_000_000  # bytes
LONGEST_TEXT = 60_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_ACTIONS = ("close", "merge", "reopen", "ready", "edit")


def _waiting(account: Account, given: Object) -> Object:
    waiting = [one for one in account.deliveries.values() if one["to_send"] and one["redelivery"]]
    for one in waiting:
        one["to_send"] = False
    return {"deliveries": [to_send(one) for one in waiting]}


def _commit(account: Account, given: Object) -> Object:
    repo, lost = _repo(account, given), take(given, "lost", bool, False)
    branch, fork = _name(given, "branch"), _name(given, "fork", "")
    files = json_object(given.pop("files", {}), "files")
    about = {name: take(given, name, str, default) for name, default in (("message", "Change"), ("author", "octocat"))}
    about["base"] = _name(given, "base", "main")
    no_more(given)
    entries = {path: None if value is None else _entry(path, value) for path, value in files.items()}
    sha = account.push(repo, fork, branch, entries, about)
    made = []
    for pull in account.pulls_of(repo, fork, branch):
        before = pull["head_sha"]
        pull |= {"head_sha": sha, "updated": account.now(), "base_sha": repo.git.tip(pull["base_ref"])}
        made.append((pull, "synchronize", {"before": before, "after": sha}))
    return _sent(account, repo, made, lost, sha=sha)


def _open(account: Account, given: Object) -> Object:
    repo, lost = _repo(account, given), take(given, "lost", bool, False)
    pull = account.open(repo, _pull(given))
    return _sent(account, repo, [(pull, "opened", {})], lost, number=pull["number"], head=pull["head_sha"])


def _act_on_latest(account: Account, given: Object) -> Object:
    repo, branch, fork = _repo(account, given), _name(given, "branch"), _name(given, "fork", "")
    return _act(account, {**given, "repository": repo.id}, str(account.latest(repo, fork, branch)))


def _act(account: Account, given: Object, id: str) -> Object:
    number, repo, lost = int(id), _repo(account, given), take(given, "lost", bool, False)
    if number not in repo.pulls:
        raise BadControl(f"there is no pull request {number}")
    pull = repo.pulls[number]
    action = one_of(given.pop("action", ""), _ACTIONS, "action")
    more: Object = {}
    if action == "edit":
        changed: Object = {name: _text(given, name) for name in ("title", "body") if name in given}
        more = {"changes": {name: {"from": pull[name] or ""} for name in changed}}
        pull |= changed
    no_more(given)
    opens, state = action == "reopen", pull["state"]
    if action in ("close", "merge", "reopen") and (state == "open") is opens:
        raise BadControl(f"pull request {number} is {state}")
    if action == "merge":
        pull |= {"merged": True, "merge_commit": account.merge(repo, pull)}
    if action in ("close", "merge", "reopen"):
        pull["state"] = "open" if opens else "closed"
    if action == "ready":
        pull["draft"] = False
    pull["updated"] = account.now()
    words = {"close": "closed", "merge": "closed", "reopen": "reopened", "ready": "ready_for_review", "edit": "edited"}
    return _sent(account, repo, [(pull, words[action], more)], lost, number=number)


def _comment(account: Account, given: Object) -> Object:
    repo = _repo(account, given)
    number = take(given, "pull", int, 1, 1, 10**6)
    if number not in repo.pulls:
        raise BadControl(f"there is no pull request {number}")
    id = account.new_id()
    about = {"id": id, "pull": (repo.id, number), "body": _text(given, "body"), "at": account.now()}
    account.comments[id] = {**about, "login": _name(given, "author", "octocat")}
    no_more(given)
    return {"id": id}


def _pull(given: Object) -> Object:
    read = {"branch": _name(given, "branch"), "base": _name(given, "base", "main"), "fork": _name(given, "fork", "")}
    read |= {name: _text(given, name) for name in ("title", "body", "author") if name in given}
    read["draft"] = take(given, "draft", bool, False)
    no_more(given)
    return read


def _sent(account: Account, repo: Repo, made: list[tuple[Object, str, Object]], lost: bool, **answer: Any) -> Object:
    """The answer, with the deliveries to send."""
    sent = [deliver(account, repo, pull, action, lost, **more) for pull, action, more in made]
    answer["deliveries"] = [to_send(one) for one in sent if one["to_send"]]
    for one in sent:
        one["to_send"] = False
    return answer


def _entry(path: str, value: object) -> Entry:
    """What a path holds. Raises BadControl."""
    parts = path.split("/")
    if not path or "\0" in path or any(part in ("", ".", "..", ".git") for part in parts):
        raise BadControl(f"{path[:80]!r} is no path of a file in a repository")
    given = json_object(value, f"file {path[:80]!r}")
    if len(given) != 1:
        raise BadControl(f"file {path[:80]!r}: one of text, base64, symlink, submodule, bytes")
    ((kind, content),) = given.items()
    if kind == "bytes" and type(content) is int and 0 <= content <= LARGEST_FILE:
        return Entry(b"x" * content)
    if not isinstance(content, str):
        raise BadControl(f"file {path[:80]!r}: {kind} must be a text, or a number of bytes up to {LARGEST_FILE}")
    match kind:
        case "text":
            return Entry(content.encode(errors="replace"))
        case "symlink":
            return Entry(content.encode(errors="replace"), "120000")
        case "submodule" if re.fullmatch("[0-9a-f]{40}", content):
            return Entry(content.encode(), "160000")
        case "base64":
            try:
                return Entry(base64.b64decode(content, validate=True))
            except binascii.Error:
                pass
    raise BadControl(f"file {path[:80]!r}: {kind} is unknown, or its value is")


def _name(given: Object, name: str, default: str | None = None) -> str:
    value = given.pop(name, default)
    if value == default and default is not None:
        return default
    if not isinstance(value, str) or not _NAME.fullmatch(value) or ".." in value or "//" in value:
        raise BadControl(f"{name} must be letters, digits and . _ - /")
    if value.endswith(("/", ".", ".lock")):
        raise BadControl(f"{name} must not end in '/', '.' or '.lock'")
    return value


def _text(given: Object, name: str) -> Any:
    return take(given, name, str, None, 0, LONGEST_TEXT)


def _repo(account: Account, given: Object) -> Repo:
    repository = given.pop("repository", HELLO)
    if repository not in NAMES:
        raise BadControl(f"repository must be one of: {', '.join(map(str, NAMES))}")
    return account.repo(repository)


CONTROLS = (
    ("GET", "deliveries", _waiting),
    ("POST", "commits", _commit),
    ("POST", "comments", _comment),
    ("POST", "pulls", _open),
    ("POST", "pulls/of", _act_on_latest),
    ("POST", "pulls/([0-9]{1,9})", _act),
)
