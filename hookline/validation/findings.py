"""Findings: errors with their file and line, and suggestions for unknown names."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """An error in a file: its path from the project's root, the line, and `what` is wrong there.

    What is wrong in no file, but around the project, has the file "".
    """

    file: str
    line: int
    what: str

    @property
    def folder(self) -> str:
        """The plugin's folder, for example functions/agents/fraud."""
        return "/".join(self.file.split("/")[:3])

    def as_warning(self) -> "Finding":
        """The same as a warning."""
        return Finding(self.file, self.line, f"warning: {self.what}")

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.file else self.what


def close_to(word: str, known: Iterable[str]) -> str:
    """The text after an unknown name: the most similar known one, "" if none is similar."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def hint(word: str, known: Iterable[str]) -> str:
    """The text after an unknown name: the most similar known one, or all known ones."""
    names = list(known)
    return close_to(word, names) or f" (known: {', '.join(names) or 'none'})"
