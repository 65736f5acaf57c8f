"""Events that a user adds."""

from typing import ClassVar

from functions.api.event import Count, DomainEvent, Identifier, Text


class NoteTaken(DomainEvent):
    """A person wrote a note."""

    detail_type = "note.taken"
    owner = "engineering"
    example: ClassVar = {"note": "n_1Example", "text": "hello"}

    note: Identifier
    text: Text


class ChangeAnnounced(DomainEvent):
    """A proposed change was posted."""

    detail_type = "change.announced"
    owner = "engineering"
    example: ClassVar = {"number": 12}

    number: Count
