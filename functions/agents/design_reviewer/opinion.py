"""What the model is asked about a change, and which of its findings count. Pure."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from functions.api.changes import PROGRAMS, Change, ChangedFile, Finding, plain

MOST = 3  # findings of one review
LONGEST = 25_000  # characters of the patches that the model gets
LEAST_QUOTED = 8
ASIDE = "it has no model, or the model did not decide"

Sentence = Annotated[str, Field(min_length=1, max_length=400)]


class Fault(BaseModel):
    """One fault that the model sees."""

    path: Annotated[str, Field(max_length=4_096)]
    line: Annotated[int, Field(ge=1)]
    quote: Annotated[str, Field(max_length=400)]
    message: Sentence
    reason: Sentence


class Opinion(BaseModel):
    """What the model says about a change; `decided` is False for what stands in for it."""

    faults: Annotated[list[Fault], Field(max_length=MOST)]
    decided: bool = True


def nothing() -> Opinion:
    """The opinion without a model: none."""
    return Opinion(faults=[], decided=False)


def excerpt(change: Change) -> dict[str, str]:
    """The patches by path, as the model gets them: whole files, until LONGEST is reached."""
    found: dict[str, str] = {}
    left = LONGEST
    for file in change.readable:
        if _has_logic(file):
            patch = "\n".join(_lines(file))
            if len(patch) <= left:
                found[file.path] = patch
                left -= len(patch)
    return found


def unseen(change: Change, patches: Mapping[str, str]) -> int:
    """How many files with logic the excerpt has no room for."""
    return len([one for one in change.readable if _has_logic(one) and one.path not in patches])


def faults(opinion: Opinion, change: Change) -> tuple[Finding, ...]:
    """The findings of an opinion that point at a line which they quote; a model's texts are cleaned.

    Their severity is medium at most: a model's word alone is no reason to stop.
    """
    return tuple(_finding(one) for one in opinion.faults if _is_anchored(one, change))


def _has_logic(file: ChangedFile) -> bool:
    return file.language in PROGRAMS and not file.is_test and bool(file.added)


def _lines(file: ChangedFile) -> Iterator[str]:
    for line in file.lines:
        yield f"{line.new}+ {line.text}" if line.sign == "+" else f"{line.sign} {line.text}"


def _is_anchored(fault: Fault, change: Change) -> bool:
    """Whether the line is one that the change adds and has the quoted text: a model may make places up."""
    file = change.by_path.get(fault.path)
    text = " ".join((file.added if file else {}).get(fault.line, "").split())
    quote = " ".join(fault.quote.split())
    return len(quote) >= min(LEAST_QUOTED, len(text)) > 0 and quote in text


def _finding(fault: Fault) -> Finding:
    return Finding("design", fault.path, fault.line, "medium", plain(fault.message), plain(fault.reason))
