"""What the sandbox's GitHub holds: repositories, pull requests, and what was written about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.api.sandbox import BadControl, Provider
from functions.providers.github.sandbox import objects
from functions.providers.github.sandbox.git import Changed, Entry, Repository
from functions.providers.github.sandbox.objects import Object

# The repositories: the App is installed on the first two alone.
HELLO, OTHER, OUTSIDE = 1296269, 1296270, 1296271
NAMES = {HELLO: "octo-sandbox/hello", OTHER: "octo-sandbox/other", OUTSIDE: "octo-sandbox/outside"}
INSTALLED = (HELLO, OTHER)
FORK_IDS = 9_000_000  # the id of a fork is that of its repository, and this
MAIN = "main"

# The pull request that there is from the start, and its head: what destinations are bound to.
FIRST_NUMBER = 1
FIRST_HEAD = "7eec48aefb1781363ce5ff9feda7232afdc39ddb"
_README = "# Hello\n\nA repository of the sandbox.\n"
_EXPORT = "def export(rows):\n    return rows\n"


@dataclass
class Settings:
    """How the sandbox behaves; a control request changes it."""

    patch_lines: int = 20_000  # of the patches in one answer; later files are cut
    refuse_reviews: int = 0  # so many reviews with comments are refused with a 422, whatever they hold
    leave_empty: bool = False  # a refused review stays behind without its comments
    rate_limited: int = 0  # so many requests are over the rate limit
    secondary: int = 0  # so many requests are over a secondary rate limit
    reset_in: int = 60  # seconds until the rate limit is over
    retry_after: int | None = None  # seconds, in the answers about a secondary rate limit


@dataclass
class Repo:
    """A repository: its git repository, and its pull requests by number."""

    id: int
    git: Repository = field(default_factory=Repository)
    pulls: dict[int, Object] = field(default_factory=dict)


class Account(Provider):
    """The repositories, and what was written about their pull requests."""

    settings: Settings
    _ids = 0

    def clear(self) -> None:
        """Delete everything but the first pull request, which is made when it is first needed. Ids continue."""
        self.settings = Settings()
        self._repos: dict[int, Repo] = {}
        self._diffs: dict[tuple[int, str, str], list[Changed]] = {}
        self.tokens: dict[str, Object] = {}
        self.reviews: dict[int, Object] = {}
        self.line_comments: dict[int, Object] = {}
        self.comments: dict[int, Object] = {}
        self.checks: dict[int, Object] = {}
        self.deliveries: dict[int, Object] = {}

    def new_id(self) -> int:
        """A number that nothing else here has."""
        with self.lock:
            self._ids += 1
            return 5_000 + self._ids

    def repo(self, id: int) -> Repo:
        """The repository, with its first commit."""
        if id not in self._repos:
            made = Repo(id)
            first = {"README.md": Entry(_README.encode()), "export.py": Entry(_EXPORT.encode())}
            start = made.git.commit(MAIN, first, "Start", "octo-sandbox-admin")
            if id == HELLO:
                change = {"export.py": Entry((_EXPORT + "\n\nprint(export([1, 2]))\n").encode())}
                made.git.commit("first", change, "Print", "octocat", [start])
                self.open(made, {"branch": "first", "title": "Print the export"})
            self._repos[id] = made  # whole, or not at all
        return self._repos[id]

    def open(self, repo: Repo, given: Mapping[str, Any]) -> Object:
        """Open a pull request of a branch. Raises BadControl if it or its base does not exist."""
        fork, branch = given.get("fork", ""), given["branch"]
        head_sha = repo.git.tip(_ref(fork, branch))
        base_sha = repo.git.tip(given.get("base", MAIN))
        if head_sha is None or base_sha is None:
            raise BadControl(f"no commits on {branch if head_sha is None else given['base']}: POST commits first")
        number = len(repo.pulls) + 1
        now = self.now()
        repo.pulls[number] = {
            "number": number,
            "state": "open",
            "title": given.get("title", branch),
            "body": given.get("body"),
            "author": given.get("author", fork or "octocat"),
            "draft": given.get("draft", False),
            "merged": False,
            "merge_commit": None,
            "fork": fork,
            "head_owner": fork or NAMES[repo.id].partition("/")[0],
            "head_ref": branch,
            "head_sha": head_sha,
            "base_ref": given.get("base", MAIN),
            "base_sha": base_sha,
            "created": now,
            "updated": now,
        }
        return repo.pulls[number]

    def push(self, repo: Repo, fork: str, branch: str, entries: Mapping[str, Entry | None], about: Object) -> str:
        """Commit to a branch, which is made from the default one if there is none."""
        ref = _ref(fork, branch)
        parent = repo.git.tip(ref) or repo.git.tip(about.get("base", MAIN))
        author = about.get("author", fork or "octocat")
        return repo.git.commit(ref, entries, about.get("message", "Change"), author, [parent] if parent else [])

    def pulls_of(self, repo: Repo, fork: str, branch: str) -> list[Object]:
        """The open pull requests of a branch."""
        return [
            one for one in repo.pulls.values() if (one["fork"], one["head_ref"], one["state"]) == (fork, branch, "open")
        ]

    def latest(self, repo: Repo, fork: str, branch: str) -> int:
        """The number of the latest pull request of a branch, 0 without one."""
        found = (number for number, one in repo.pulls.items() if (one["fork"], one["head_ref"]) == (fork, branch))
        return max(found, default=0)

    def merge(self, repo: Repo, pull: Object) -> str:
        """Merge the pull request into its base, with the files of its head."""
        parents = [repo.git.tip(pull["base_ref"]) or pull["base_sha"], pull["head_sha"]]
        message = f"Merge pull request #{pull['number']}"
        return repo.git.commit(pull["base_ref"], {}, message, "octo-sandbox-admin", parents, tree_of=pull["head_sha"])

    def changed(self, repo: Repo, pull: Object) -> list[Changed]:
        """The files that the pull request changes since it left its base."""
        key = (repo.id, pull["base_sha"], pull["head_sha"])
        if key not in self._diffs:
            start = repo.git.merge_base(pull["base_sha"], pull["head_sha"])
            self._diffs[key] = repo.git.changed(start, pull["head_sha"])
        return self._diffs[key]

    def written(self, repo: Repo, pull: Object) -> Object:
        """The pull request as the API writes it."""
        changed = self.changed(repo, pull)
        base = objects.repository(repo.id, NAMES[repo.id])
        name = NAMES[repo.id].partition("/")[2]
        fork = objects.repository(FORK_IDS + repo.id, f"{pull['fork']}/{name}", fork=True) if pull["fork"] else base
        counts = {
            "comments": sum(one["pull"] == (repo.id, pull["number"]) for one in self.comments.values()),
            "review_comments": sum(one["pull"] == (repo.id, pull["number"]) for one in self.line_comments.values()),
            "commits": 1,
            "additions": sum(one.additions for one in changed),
            "deletions": sum(one.deletions for one in changed),
            "changed_files": len(changed),
        }
        return objects.pull(pull, base, fork, counts)

    def record(self, kind: str, id: int, **more: Any) -> None:
        """Record an effect on the object `id`."""
        self.effects.append({"kind": kind, "id": str(id), **more})

    def state(self) -> Object:
        """Everything but the tokens."""
        return {
            "pulls": [{"repository": repo.id, **pull} for repo in self._repos.values() for pull in repo.pulls.values()],
            "reviews": list(self.reviews.values()),
            "line_comments": list(self.line_comments.values()),
            "comments": list(self.comments.values()),
            "checks": list(self.checks.values()),
            "deliveries": list(self.deliveries.values()),
        }


def _ref(fork: str, branch: str) -> str:
    """The branch's name in the git repository, which holds the branches of forks too, as GitHub's network does."""
    return f"forks/{fork}/{branch}" if fork else branch
