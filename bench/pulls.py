"""Reads the labelled set of small pull requests (bench/data/README.md), as changes with what GitHub gives of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from functions.api.changes import Change, ChangedFile, changed_file

FOLDER = Path(__file__).parent / "data" / "pulls"
SPLIT = "\u00a6"  # inside of made-up secrets and addresses: no scanner takes them for real ones
STATUSES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed"}


@dataclass(frozen=True)
class Label:
    """A planted finding: the reviewer that should find it, and its place; line 0 is any changed line of the file."""

    reviewer: str
    path: str
    line: int


@dataclass(frozen=True)
class Pull:
    """One pull request with its labels; without any it is clean. bench/data/README.md says what `held_out` means."""

    name: str
    title: str
    kind: str
    held_out: bool
    change: Change
    labels: tuple[Label, ...]


def pulls() -> list[Pull]:
    """All pull requests, by kind. Raises ValueError if two have one name."""
    found = [pull for path in sorted(FOLDER.glob("*.txt")) for pull in _of(path)]
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two pull requests are called {max(names, key=names.count)}")
    return found


def _of(path: Path) -> Iterator[Pull]:
    for number, text in enumerate(path.read_text().split("\n=== ")):
        lines = text.removeprefix("=== ").rstrip("\n").split("\n")
        name, _, title = lines.pop(0).partition(" | ")
        beside = lines.pop(0).split()[1:] if lines[0].startswith("repo: ") else []
        files: list[ChangedFile] = []
        labels: list[Label] = []
        for part in "\n".join(lines).removeprefix("--- ").split("\n--- "):
            file, own = _file(part.split("\n"))
            files.append(file)
            labels += own
        yield Pull(name, title, path.stem, number % 4 > 1, Change(files, frozenset(beside)), tuple(labels))


def _file(lines: list[str]) -> tuple[ChangedFile, list[Label]]:
    """A file whose patch is one hunk of the whole file, with its contents before and after."""
    words = lines.pop(0).split()
    path, status = words[0], STATUSES[words[1]]
    labels = [Label(word[1:], path, 0) for word in words if word.startswith("!")]
    old: list[str] = []
    new: list[str] = []
    patch: list[str] = []
    for line in lines:
        sign, text = line[:1] or " ", line[1:].replace(SPLIT, "")
        if sign == "!":
            reviewer, _, text = text.partition("|")
            labels.append(Label(reviewer, path, len(new) + 1))
            sign = "+"
        old += [text] if sign in " -" else []
        new += [text] if sign in " +" else []
        patch.append(sign + text)
    entry = {"filename": path, "status": status, "changes": sum(line[0] in "+-" for line in patch)}
    if status == "renamed":
        entry["previous_filename"] = words[2]
    if entry["changes"]:
        hunk = f"@@ -{min(1, len(old))},{len(old)} +{min(1, len(new))},{len(new)} @@"
        entry["patch"] = "\n".join([hunk, *patch])
    before, after = "".join(f"{one}\n" for one in old).encode(), "".join(f"{one}\n" for one in new).encode()
    return changed_file(entry, before if old else None, after if new else None), labels
