"""A real git repository, made at run time in a folder of its own. It needs the program `git`, 2.29 or newer.

Dates and people are given, so the same commits have the same ids everywhere. Neither the user's nor the machine's
configuration of git is read.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DATE = 1_790_000_000  # unix seconds; each commit of a repository is a minute after the one before
LARGEST_TEXT = 1_000_000  # bytes of a patch of one file; GitHub gives none for a larger one

LARGEST_KEPT = 100_000  # bytes of a file that is kept in memory once it was read


class GitError(RuntimeError):
    """Git is not installed, or refuses what it is asked."""


@dataclass(frozen=True)
class Entry:
    """What a path holds: a file, a symbolic link whose target is `data`, or a submodule at the commit `data`."""

    data: bytes
    mode: str = "100644"


@dataclass(frozen=True)
class Changed:
    """A file that differs between two commits; `patch` is None if git or GitHub gives none."""

    status: str
    path: str
    before: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True)
class Found:
    """What a path holds at a commit: its mode, its kind (blob, tree, commit), its id, its name."""

    mode: str
    kind: str
    sha: str
    path: str


@dataclass
class Repository:
    """A bare repository in a temporary folder, which is deleted with the object."""

    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="hookline-github-")
    )
    _made: bool = False
    _commits: int = 0
    # What git says of an id never changes, and a reviewed commit is asked about many times.
    _known: set[str] = field(default_factory=set)
    _trees: dict[str, dict[str, Found]] = field(default_factory=dict)
    _blobs: dict[str, bytes] = field(default_factory=dict)

    def commit(
        self,
        branch: str,
        entries: Mapping[str, Entry | None],
        message: str,
        author: str,
        parents: Sequence[str] = (),
        tree_of: str = "",
    ) -> str:
        """Commit `entries` (None deletes a path) to `branch` and return the commit's id.

        Without parents it is a first commit. `tree_of` is a commit whose files are taken over first.
        """
        when = DATE + 60 * self._commits
        self._commits += 1
        lines = [
            f"commit refs/heads/{branch}".encode(),
            f"committer {author} <{author}@example.com> {when} +0000".encode(),
            _data(message.encode()),
            *(f"{'from' if not number else 'merge'} {parent}".encode() for number, parent in enumerate(parents)),
        ]
        if tree_of:
            lines.append(f'M 040000 {self._run("rev-parse", tree_of + "^{tree}").strip()} ""'.encode())
        for path, entry in entries.items():
            lines.append(_entry(path, entry))
        self._run("fast-import", "--quiet", "--force", "--done", given=b"\n".join([*lines, b"done\n"]))
        return self._run("rev-parse", f"refs/heads/{branch}").strip()

    def tip(self, branch: str) -> str | None:
        """The commit of a branch, None without one."""
        found = self._run("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").split()
        return found[0] if found else None

    def has(self, commit: str) -> bool:
        """Whether there is a commit of this id."""
        if commit in self._known:
            return True
        if not re.fullmatch(r"[0-9a-f]{40}", commit):
            return False
        if self._run("cat-file", "--batch-check", given=commit.encode() + b"\n").split()[1:2] == ["commit"]:
            self._known.add(commit)
        return commit in self._known

    def merge_base(self, one: str, other: str) -> str:
        """The commit from which both come; raises GitError if there is none."""
        return self._run("merge-base", one, other).strip()

    def entry(self, commit: str, path: str) -> list[Found]:
        """What is at the path: one entry, or those of a folder; none if it is missing. "" is the root."""
        if commit not in self._trees:
            listed = self._run("ls-tree", "-r", "-t", "-z", "--full-tree", commit)
            self._trees[commit] = {one.path: one for one in _listed(listed)}
        tree = self._trees[commit]
        if path and (path not in tree or tree[path].kind != "tree"):
            return [tree[path]] if path in tree else []
        return [one for one in tree.values() if one.path.rpartition("/")[0] == path]

    def blob(self, sha: str) -> bytes:
        """The content of a file."""
        if sha not in self._blobs:
            content = self._bytes("cat-file", "blob", sha)
            if len(content) > LARGEST_KEPT:
                return content
            self._blobs[sha] = content
        return self._blobs[sha]

    def changed(self, base: str, head: str) -> list[Changed]:
        """The files that differ between two commits, with renames, in git's order."""
        return _changed(self, base, head)

    def _run(self, *words: str, given: bytes = b"") -> str:
        return self._bytes(*words, given=given).decode(errors="replace")

    def _bytes(self, *words: str, given: bytes = b"") -> bytes:
        program = shutil.which("git")
        if program is None:
            raise GitError("the sandbox of GitHub needs git: install it (Debian, Ubuntu: apt-get install git)")
        folder = self._folder.name
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": folder,
            "GIT_DIR": str(Path(folder, "repository.git")),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }
        if not self._made:
            self._made = True
            self._bytes("init", "--quiet", "--bare", "--object-format=sha1", "--template=", "--initial-branch=main")
        made = subprocess.run(  # noqa: S603 - the program is git, and no word from outside can be an option
            [program, "-c", "core.quotePath=false", *words],
            input=given,
            env=environment,
            capture_output=True,
            check=False,
        )
        if made.returncode:
            raise GitError(f"git {words[0]} failed: {' '.join(made.stderr.decode(errors='replace').split())[:300]}")
        return made.stdout


def _changed(repository: Repository, base: str, head: str) -> list[Changed]:
    options = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "-M", "--full-index")
    raw = repository._run(*options, "--raw", "-z", "--no-abbrev", base, head).split("\0")[:-1]
    counts = repository._run(*options, "--numstat", "-z", base, head).split("\0")[:-1]
    text = repository._run(*options, "-p", base, head)
    sections = iter(re.split(r"(?m)^(?=diff --git )", text)[1:])
    found: list[Changed] = []
    fields, numbers = iter(raw), iter(counts)
    for line in fields:
        _, _, before, after, status = line.removeprefix(":").split(" ")
        path = next(fields)
        previous = ""
        if status[0] in "RC":
            previous, path = path, next(fields)
        added, deleted, name = next(numbers).split("\t", 2)
        if not name:  # of a rename, both names follow
            next(numbers), next(numbers)
        patches = [next(sections) for _ in range(2 if status[0] == "T" else 1)]
        patch = "".join(patches)
        start = re.search(r"(?m)^@@ ", patch)
        shown = patch[start.start() :].removesuffix("\n") if start and len(patches) == 1 else None
        found.append(
            Changed(
                status=status[0],
                path=path,
                before=previous,
                sha=after if status[0] != "D" else before,
                additions=int(added) if added != "-" else 0,
                deletions=int(deleted) if deleted != "-" else 0,
                patch=shown if shown and len(shown) <= LARGEST_TEXT else None,
            )
        )
    return found


def _listed(text: str) -> list[Found]:
    found = []
    for line in filter(None, text.split("\0")):
        about, _, path = line.partition("\t")
        mode, kind, sha = about.split(" ")
        found.append(Found(mode, kind, sha, path))
    return found


def _entry(path: str, entry: Entry | None) -> bytes:
    quoted = b'"' + b"".join(_escaped(byte) for byte in os.fsencode(path)) + b'"'
    if entry is None:
        return b"D " + quoted
    if entry.mode == "160000":
        return b"M 160000 " + entry.data + b" " + quoted
    return b"M " + entry.mode.encode() + b" inline " + quoted + b"\n" + _data(entry.data)


def _escaped(byte: int) -> bytes:
    plain = 0x20 <= byte < 0x7F and byte not in b'"\\'
    return bytes([byte]) if plain else f"\\{byte:03o}".encode()


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content
