"""GitHub's objects as its API and its webhooks write them. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.providers.github.sandbox.key import APP_ID

Object = dict[str, Any]

API, SITE = "https://api.github.com", "https://github.com"
SLUG = "hookline-sandbox"
INSTALLATION = 7
PERMISSIONS = {"contents": "read", "pull_requests": "write", "checks": "write", "metadata": "read"}

_USER_URLS = {
    "url": "",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_URLS = (
    "archive_url:/{archive_format}{/ref} assignees_url:/assignees{/user} blobs_url:/git/blobs{/sha} "
    "branches_url:/branches{/branch} collaborators_url:/collaborators{/collaborator} comments_url:/comments{/number} "
    "commits_url:/commits{/sha} compare_url:/compare/{base}...{head} contents_url:/contents/{+path} "
    "contributors_url:/contributors deployments_url:/deployments downloads_url:/downloads events_url:/events "
    "forks_url:/forks git_commits_url:/git/commits{/sha} git_refs_url:/git/refs{/sha} git_tags_url:/git/tags{/sha} "
    "hooks_url:/hooks issue_comment_url:/issues/comments{/number} issue_events_url:/issues/events{/number} "
    "issues_url:/issues{/number} keys_url:/keys{/key_id} labels_url:/labels{/name} languages_url:/languages "
    "merges_url:/merges milestones_url:/milestones{/number} notifications_url:/notifications{?since,all,participating} "
    "pulls_url:/pulls{/number} releases_url:/releases{/id} stargazers_url:/stargazers statuses_url:/statuses/{sha} "
    "subscribers_url:/subscribers subscription_url:/subscription tags_url:/tags teams_url:/teams "
    "trees_url:/git/trees{/sha} "
    "url:"
)
_COUNTS = ("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers")
_NO = (
    "has_downloads",
    "has_pages",
    "archived",
    "disabled",
    "is_template",
    "has_discussions",
    "web_commit_signoff_required",
)


def moment(at: float) -> str:
    """A time as GitHub writes it."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(login: str, kind: str = "User") -> Object:
    """A user; the id follows from the login."""
    url = f"{API}/users/{login}"
    return {
        "login": login,
        "id": sum(ord(char) * 31**place for place, char in enumerate(login[:8])) % 10**9,
        "node_id": f"U_{login}",
        "avatar_url": f"https://avatars.githubusercontent.com/{login.removesuffix('[bot]')}",
        "gravatar_id": "",
        "html_url": f"{SITE}/{login}",
        "type": kind,
        "site_admin": False,
        **{name: url + path for name, path in _USER_URLS.items()},
    }


def app_user() -> Object:
    """The user that the App writes as."""
    return user(f"{SLUG}[bot]", "Bot")


def app() -> Object:
    """The App."""
    return {
        "id": APP_ID,
        "slug": SLUG,
        "node_id": "A_sandbox",
        "owner": user("octo-sandbox", "Organization"),
        "name": SLUG,
        "description": None,
        "external_url": "https://example.com",
        "html_url": f"{SITE}/apps/{SLUG}",
        "created_at": moment(0),
        "updated_at": moment(0),
        "permissions": PERMISSIONS,
        "events": ["pull_request"],
    }


def installation() -> Object:
    """The App's installation at its one organization."""
    return {
        "id": INSTALLATION,
        "app_id": APP_ID,
        "app_slug": SLUG,
        "target_id": 1,
        "target_type": "Organization",
        "single_file_name": None,
        "repository_selection": "selected",
        "access_tokens_url": f"{API}/app/installations/{INSTALLATION}/access_tokens",
        "html_url": f"{SITE}/organizations/octo-sandbox/settings/installations/{INSTALLATION}",
        "repositories_url": f"{API}/installation/repositories",
        "events": ["pull_request"],
        "account": user("octo-sandbox", "Organization"),
        "permissions": PERMISSIONS,
        "created_at": moment(0),
        "updated_at": moment(0),
        "suspended_by": None,
        "suspended_at": None,
    }


def repository(id: int, full_name: str, fork: bool = False) -> Object:
    """A repository."""
    owner, _, name = full_name.partition("/")
    url = f"{API}/repos/{full_name}"
    urls = dict(part.split(":", 1) for part in _REPOSITORY_URLS.split(" "))
    return {
        "id": id,
        "node_id": f"R_{id}",
        "name": name,
        "full_name": full_name,
        "private": True,
        "owner": user(owner, "User" if fork else "Organization"),
        "html_url": f"{SITE}/{full_name}",
        "description": None,
        "fork": fork,
        **{field: url + path for field, path in urls.items()},
        "archive_url": url + "/{archive_format}{/ref}",
        "clone_url": f"{SITE}/{full_name}.git",
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "svn_url": f"{SITE}/{full_name}",
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": "main",
        "visibility": "private",
        "topics": [],
        "created_at": moment(0),
        "updated_at": moment(0),
        "pushed_at": moment(0),
        "has_issues": True,
        "has_projects": True,
        "has_wiki": True,
        "watchers_count": 0,
        "allow_forking": True,
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_NO, False),
    }


def pull(about: Mapping[str, Any], base: Object, head: Object | None, counts: Mapping[str, int]) -> Object:
    """A pull request; `about` is what the sandbox holds of it, `head` the repository that it comes from."""
    url, number = f"{base['url']}/pulls/{about['number']}", about["number"]
    issue, page = f"{base['url']}/issues/{number}", f"{base['html_url']}/pull/{number}"
    links = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": base["url"] + "/pulls/comments{/number}",
        "commits": f"{url}/commits",
        "statuses": f"{base['url']}/statuses/{about['head_sha']}",
    }
    closed = moment(about["updated"]) if about["state"] == "closed" else None
    return {
        "url": url,
        "id": 1_000_000 + number,
        "node_id": f"PR_{number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": links["statuses"],
        "number": number,
        "state": about["state"],
        "locked": False,
        "title": about["title"],
        "user": user(about["author"]),
        "body": about["body"],
        "labels": [],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": moment(about["created"]),
        "updated_at": moment(about["updated"]),
        "closed_at": closed,
        "merged_at": closed if about["merged"] else None,
        "merge_commit_sha": about["merge_commit"],
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(about["head_ref"], about["head_sha"], head, about["head_owner"]),
        "base": _end(about["base_ref"], about["base_sha"], base, base["owner"]["login"]),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": "NONE" if head is None or head["fork"] else "MEMBER",
        "auto_merge": None,
        "draft": about["draft"],
        "merged": about["merged"],
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": user("octo-sandbox-admin") if about["merged"] else None,
        "maintainer_can_modify": False,
        **counts,
    }


def _end(ref: str, sha: str, of: Object | None, owner: str) -> Object:
    return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": user(owner), "repo": of}


def error(status: int, message: str, errors: list[Any] | None = None) -> Object:
    """The body of an error."""
    more = {} if errors is None else {"errors": errors}
    return {"message": message, **more, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
