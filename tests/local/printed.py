"""Does what a page of the documentation says: writes its files, runs its commands, and compares what they print.

- A block `console` has commands after `$ `, each with the output that the page prints below it; none compares nothing.
  In the output `…` stands for any text, a line of it for any lines, and an id or a duration for any of its kind. What
  stood for an id once, stands for it in all that follows.
- Any other block with a language is a file; its first line is a comment with the path.
- A block without a language only shows something. It may hold no command.
"""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"^(?:#|//) ([\w./-]+\.\w+)$")
COMMAND = re.compile(r"^\s*(?:\$ )?(?:make|hookline|\.venv/bin/\w+|python3?|pytest|git|curl) ", re.MULTILINE)
# Each kind of word that differs from run to run, and what it looks like.
VARYING = re.compile(
    r"(?P<id>\b\w+:[\w-]*(?=[\w-]*\d)[\w-]{16,}\b|\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{12}\b)"
    r"|(?P<span>\b[\d,.]+ (?:ms|s)\b)|(?P<any>…)|(?P<space> +)"
)
SECONDS = 60.0  # until a page's output must be what it says
# What may be asked again until the stack has come so far.
READS = re.compile(r"^hookline (?:sandbox|audit show|logs|agents|reviews(?!.* (?:approve|deny)))\b")


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its text, and the number of its first line."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command with the lines that the page prints below it, and the number of its line."""

    words: str
    output: tuple[str, ...]
    line: int


@dataclass
class Known:
    """The ids of the page, each with that of this run."""

    ids: dict[str, str] = field(default_factory=dict)

    def said(self, text: str) -> str:
        """The text with the ids of this run."""
        for printed, own in self.ids.items():
            text = text.replace(printed, own)
        return text

    def learn(self, printed: tuple[str, ...], said: str) -> bool:
        """Whether `said` is what the page prints; if it is, note the ids."""
        names: dict[str, str] = {}
        pattern = "".join(_pattern(line, self.ids, names) for line in printed)
        found = re.search("^" + pattern, said, re.MULTILINE)
        if found is None:
            return False
        self.ids |= {name: found[group] for group, name in names.items()}
        return True


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in their order."""
    return [Block(one[1], one[2], text[: one.start()].count("\n") + 2) for one in FENCE.finditer(text)]


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block `console`."""
    lines = block.text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        output = tuple(line.rstrip() for line in lines[start + 1 : end])
        yield Command(lines[start].removeprefix("$ "), output, block.line + start)


def path_of(block: Block) -> str:
    """The path of the file that a block is. Raises ValueError if its first line names none."""
    if found := PATH.match(block.text.split("\n", 1)[0]):
        return found[1]
    raise ValueError(f"line {block.line}: the block's first line names no file")


def run(page: Path, root: Path, environment: Mapping[str, str], not_run: Mapping[str, str]) -> list[str]:
    """Do what the page says, in the folder `root`, except for the commands `not_run`. Returns the commands that ran.

    Raises AssertionError, with the line of the page, for what does not come out as printed.
    """
    known, ran = Known(), []
    for block in blocks(page.read_text("utf-8")):
        if block.language == "console":
            for command in commands(block):
                if command.words not in not_run:
                    _run(command, page, root, environment, known)
                    ran.append(command.words)
        elif block.language:
            file = root / path_of(block)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
    return ran


def _run(command: Command, page: Path, root: Path, environment: Mapping[str, str], known: Known) -> None:
    words, until = known.said(command.words), time.monotonic() + SECONDS
    while True:
        ended = subprocess.run(
            ["/bin/bash", "-c", words], cwd=root, env=dict(environment), capture_output=True, text=True, check=False
        )
        said = ended.stdout + ended.stderr
        right = ended.returncode == 0 and (not command.output or known.learn(command.output, said))
        if right or not READS.match(words) or time.monotonic() > until:
            break
    printed = "\n".join(command.output)
    assert right, f"{page.name}:{command.line}: {words}\n\nprints\n\n{said}\n\nand not\n\n{printed}"


def _pattern(line: str, ids: Mapping[str, str], names: dict[str, str]) -> str:
    """The regular expression of a printed line; `names` gets the groups of the ids that are new."""
    if line.strip() == "…":
        return r"(?:.*\n)*?"
    pattern, end = "", 0
    for word in VARYING.finditer(line):
        pattern += re.escape(line[end : word.start()]) + _varying(word, ids, names)
        end = word.end()
    return pattern + re.escape(line[end:]) + r" *\n"


def _varying(word: re.Match[str], ids: Mapping[str, str], names: dict[str, str]) -> str:
    if word["span"]:
        return r"[\d,.]+ (?:ms|s|min)"
    if word["any"]:
        return ".*?"
    if word["space"]:
        return " +"
    printed = word["id"]
    if printed in ids:
        return re.escape(ids[printed])
    if earlier := [group for group, name in names.items() if name == printed]:
        return f"(?P={earlier[0]})"
    group = f"id{len(names)}"
    names[group] = printed
    source, colon, _ = printed.rpartition(":")
    return rf"(?P<{group}>{re.escape(source + colon)}[\w-]+)"
