"""Proposed changes to code: pull requests, merge requests."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from functions.api.event import COMMIT, Count, DomainEvent, Identifier, Line, Text, Word

Commit = Annotated[str, Field(pattern=f"^{COMMIT}$")]

_EXAMPLE = {
    "repository": "octo-org/octo-repo",
    "number": 12,
    "title": "Retry the export",
    "text": "It failed on a slow network.",
    "author": "octocat",
    "draft": False,
    "fork": False,
    "head": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
    "base": "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c",
    "base_branch": "main",
    "changed_files": 2,
    "changed_lines": 40,
}


class Change(BaseModel):
    """The fields of each of these events: one proposed change as it is now.

    `head` and `base` are commits, `action` is the provider's own name of it. `fork` is True if the commits are from a
    repository that outsiders can write to.
    """

    owner: ClassVar[str] = "engineering"
    measures: ClassVar[tuple[str, ...]] = ("changed_lines",)
    facets: ClassVar[tuple[str, ...]] = ("author",)

    repository: Line
    number: Annotated[int, Field(ge=1)]
    title: Line
    text: Text | None
    author: Identifier | None
    draft: bool
    fork: bool
    head: Commit
    base: Commit
    base_branch: Line
    changed_files: Count
    changed_lines: Count
    action: Word


class ChangeProposed(Change, DomainEvent):
    """A change was opened, opened again, or declared ready for review."""

    detail_type = "change.proposed"
    example: ClassVar = {**_EXAMPLE, "action": "opened"}


class ChangeUpdated(Change, DomainEvent):
    """A proposed change has new commits, or a new title, text or base."""

    detail_type = "change.updated"
    example: ClassVar = {**_EXAMPLE, "action": "synchronize"}


class ChangeClosed(Change, DomainEvent):
    """A proposed change was closed: merged, or abandoned if `merged` is False."""

    detail_type = "change.closed"
    example: ClassVar = {**_EXAMPLE, "action": "closed", "merged": True}

    merged: bool
