"""What is wrong with what somebody wrote, where it stands, and what they may have meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """Something to mend: its `file`, from the project's root, the line, and `what` is wrong there."""

    file: str
    line: int
    what: str

    @property
    def folder(self) -> str:
        """The plugin's folder that the file lies in: functions/agents/fraud."""
        return "/".join(self.file.split("/")[:3])

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def close_to(word: str, known: Iterable[str]) -> str:
    """Words to put behind an unknown name: the known one that is nearest; nothing where none is near."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def meant(word: str, known: Iterable[str]) -> str:
    """Words to put behind an unknown name: the known one that is nearest, or all that there are."""
    names = list(known)
    return close_to(word, names) or f" (there is {', '.join(names) or 'nothing'})"
