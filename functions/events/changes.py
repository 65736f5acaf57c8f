"""Proposed changes to code: pull requests, merge requests."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from functions.api.event import COMMIT, Count, DomainEvent, Identifier, Line, Measure, RunningTotal, Text, Word

Commit = Annotated[str, Field(pattern=f"^{COMMIT}$")]

_EXAMPLE = {
    "repository": "octo-org/octo-repo",
    "repository_id": "1296269",
    "number": 12,
    "title": "Retry the export",
    "text": "It failed on a slow network.",
    "author": "octocat",
    "draft": False,
    "fork": False,
    "head": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
    "replaces": None,
    "base": "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c",
    "base_branch": "main",
    "changed_files": 2,
    "changed_lines": 40,
}


class Change(BaseModel):
    """The fields of each of these events: one proposed change as it is now.

    `repository_id` is the provider's id of the repository, which never changes; `repository` is its name, which may.
    `head` and `base` are commits, `action` is the provider's own name of it. `fork` is True if the commits are from a
    repository that outsiders can write to. `replaces` is the head before, of an event that tells of new commits. What
    the provider left out is None.
    """

    owner: ClassVar[str] = "engineering"
    measures: ClassVar[Mapping[str, Measure]] = {"changed_lines": RunningTotal(of="number")}
    facets: ClassVar[tuple[str, ...]] = ("author",)

    repository: Line | None
    repository_id: Identifier | None = None
    number: Annotated[int, Field(ge=1)]
    title: Line | None
    text: Text | None
    author: Identifier | None
    draft: bool | None
    fork: bool
    head: Commit
    replaces: Commit | None
    base: Commit | None
    base_branch: Line | None
    changed_files: Count | None
    changed_lines: Count | None
    action: Word


class ChangeProposed(Change, DomainEvent):
    """A change was opened, opened again, or declared ready for review."""

    detail_type = "change.proposed"
    example: ClassVar = {**_EXAMPLE, "action": "opened"}


class ChangeUpdated(Change, DomainEvent):
    """A proposed change has new commits, or a new title, text or base."""

    detail_type = "change.updated"
    example: ClassVar = {**_EXAMPLE, "action": "synchronize", "replaces": "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c"}


class ChangeClosed(Change, DomainEvent):
    """A proposed change was closed: merged, or abandoned if `merged` is False."""

    detail_type = "change.closed"
    example: ClassVar = {**_EXAMPLE, "action": "closed", "merged": True}

    merged: bool | None
