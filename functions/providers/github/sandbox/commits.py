"""What belongs to a commit: its files, and its check runs. The caller holds the account's lock."""

import base64
from urllib.parse import quote

from functions.providers.github.sandbox import objects
from functions.providers.github.sandbox.errors import GitHubError
from functions.providers.github.sandbox.git import Found
from functions.providers.github.sandbox.objects import Object
from functions.providers.github.sandbox.pulls import Call

# https://docs.github.com/rest/repos/contents#get-repository-content
WITH_CONTENT, LARGEST = 1_000_000, 100_000_000  # bytes
CONCLUSIONS = (
    "action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out",
)  # fmt: skip
STATUSES = ("queued", "in_progress", "completed")
MOST_ANNOTATIONS = 50


def contents(call: Call) -> Object | list[Object]:
    """What the path holds. A link to a file of the repository is answered as that file, as GitHub does."""
    path = call.parts[0] if call.parts else ""
    ref = call.query.get("ref", "")
    commit = ref if call.repo.git.has(ref) else call.repo.git.tip(ref or "main")
    if commit is None:
        raise GitHubError(404, f"No commit found for the ref {ref}")
    found = call.repo.git.entry(commit, path)
    if path and not found:
        raise GitHubError(404, "Not Found")
    if not path or found[0].path != path:
        return [_entry(call, one, commit) for one in found]
    (one,) = found
    if one.mode == "120000":
        target = _target(path, call.repo.git.blob(one.sha).decode(errors="replace"))
        led = call.repo.git.entry(commit, target) if target else []
        if len(led) == 1 and led[0].path == target and led[0].mode.startswith("100"):
            return {**_whole(call, Found(led[0].mode, "blob", led[0].sha, path), commit)}
        return {**_entry(call, one, commit), "type": "symlink", "target": target}
    return _whole(call, one, commit)


def _whole(call: Call, one: Found, commit: str) -> Object:
    about = _entry(call, one, commit)
    if one.kind != "blob":
        # A submodule is listed as a file for compatibility, and is one when it is asked for by itself.
        return {**about, "type": "submodule", "submodule_git_url": "https://example.com/module.git"}
    data = call.repo.git.blob(one.sha)
    if len(data) > LARGEST:
        error = {"resource": "Blob", "field": "data", "code": "too_large"}
        raise GitHubError(403, "This API returns blobs up to 100 MB in size.", [error])
    small = len(data) <= WITH_CONTENT
    content = base64.encodebytes(data).decode() if small else ""
    return {**about, "size": len(data), "content": content, "encoding": "base64" if small else "none"}


def _entry(call: Call, one: Found, commit: str) -> Object:
    path = quote(one.path)
    url, page = f"{call.url}/contents/{path}?ref={commit}", f"{call.url}/blob/{commit}/{path}"
    git = f"{call.url}/git/{'trees' if one.kind == 'tree' else 'blobs'}/{one.sha}"
    return {
        "name": one.path.rpartition("/")[2],
        "path": one.path,
        "sha": one.sha,
        "size": 0,
        "url": url,
        "html_url": page,
        "git_url": git,
        "download_url": None,
        "type": "dir" if one.kind == "tree" else "file",
        "_links": {"self": url, "git": git, "html": page},
    }


def _target(path: str, link: str) -> str:
    """Where a link leads within the repository, "" if it leads out of it."""
    parts = path.split("/")[:-1]
    for part in [] if link.startswith("/") else link.split("/"):
        if part == ".." and not parts:
            return ""
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "" if link.startswith("/") else "/".join(parts)


def list_checks(call: Call) -> list[Object]:
    runs = [one for one in call.account.checks.values() if one["of"] == (call.repo.id, call.parts[0])]
    named = [one for one in runs if call.query.get("check_name") in (None, one["name"])]
    latest = {one["name"]: one for one in named}.values()
    shown = named if call.query.get("filter") == "all" else list(latest)
    return [_check(call, one) for one in shown]


def create_check(call: Call) -> Object:
    commit, name = call.body.get("head_sha", ""), call.body.get("name")
    if not name or not call.repo.git.has(str(commit)):
        raise GitHubError(422, f"No commit found for SHA: {commit}")
    id = call.account.new_id()
    about: Object = {"id": id, "of": (call.repo.id, commit), "name": name, "external_id": "", "at": call.account.now()}
    about |= {"status": "queued", "conclusion": None, "output": {}}
    _change(about, call.body)
    call.account.checks[id] = about
    call.account.record("check.create", id, commit=commit)
    return _check(call, about)


def get_check(call: Call) -> Object:
    return _check(call, _held(call))


def update_check(call: Call) -> Object:
    about = _held(call)
    _change(about, call.body)
    call.account.record("check.update", about["id"])
    return _check(call, about)


def _held(call: Call) -> Object:
    about = call.account.checks.get(int(call.parts[0]))
    if about is None or about["of"][0] != call.repo.id:
        raise GitHubError(404, "Not Found")
    return about


def _change(about: Object, given: Object) -> None:
    """Change a check run. Raises GitHubError for values that GitHub does not take."""
    conclusion = given.get("conclusion")
    status = given.get("status", "completed" if conclusion else about["status"])
    output = given.get("output", {})
    if conclusion not in (None, *CONCLUSIONS) or status not in STATUSES:
        raise GitHubError(422, "Invalid request.", [{"resource": "CheckRun", "code": "invalid", "field": "conclusion"}])
    if status == "completed" and not (conclusion or about["conclusion"]):
        raise GitHubError(422, "Invalid request.", [{"resource": "CheckRun", "code": "missing", "field": "conclusion"}])
    if len(output.get("annotations", ())) > MOST_ANNOTATIONS or (output and not {"title", "summary"} <= set(output)):
        raise GitHubError(422, "Invalid request.", [{"resource": "CheckRun", "code": "invalid", "field": "output"}])
    about |= {"status": status, "conclusion": conclusion or about["conclusion"]}
    about |= {name: given[name] for name in ("name", "external_id") if name in given}
    # Annotations are added to those that there are.
    notes = about["output"].get("annotations", []) + output.get("annotations", [])
    about["output"] = {**about["output"], **output, "annotations": notes}


def _check(call: Call, about: Object) -> Object:
    url = f"{call.url}/check-runs/{about['id']}"
    output = about["output"]
    done = about["status"] == "completed"
    return {
        "id": about["id"],
        "node_id": f"CR_{about['id']}",
        "head_sha": about["of"][1],
        "external_id": about["external_id"],
        "name": about["name"],
        "url": url,
        "html_url": f"{objects.SITE}/runs/{about['id']}",
        "details_url": None,
        "status": about["status"],
        "conclusion": about["conclusion"],
        "started_at": objects.moment(about["at"]),
        "completed_at": objects.moment(about["at"]) if done else None,
        "output": {
            "title": output.get("title"),
            "summary": output.get("summary"),
            "text": output.get("text"),
            "annotations_count": len(output.get("annotations", ())),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": 1},
        "app": objects.app(),
        "pull_requests": [],
    }
