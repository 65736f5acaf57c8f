"""Leads: people who may become customers, and events of the operator's own product."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.event import MOST_ITEMS, DomainEvent, Identifier, Line, Text, Word


class Answer(BaseModel):
    """A question of a form, and the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    question: Line | None
    answer: Text


class LeadCaptured(DomainEvent):
    """A person filled in a form, or was added to the CRM; `origin` is the form, or the CRM's source of the contact."""

    detail_type = "lead.captured"
    owner = "growth"
    facets = ("origin",)
    example: ClassVar = {
        "lead": "a3a12ec67a1365927098a606107fac15",
        "channel": "form",
        "origin": "lT4Z3j",
        "email": "ada@example.com",
        "answers": [{"question": "What do you need?", "answer": "A demo"}],
    }

    lead: Identifier
    channel: Literal["form", "crm"]
    origin: Word | None
    email: Line | None
    answers: Annotated[list[Answer], Field(max_length=MOST_ITEMS)]


class ProductEvent(DomainEvent):
    """An event of the operator's own product; `name` is the product's name of it, `subject` the id of its object."""

    detail_type = "product.event"
    owner = "growth"
    facets = ("name",)
    example: ClassVar = {"name": "trial.started", "subject": "acc_1Example"}

    name: Line
    subject: Identifier
