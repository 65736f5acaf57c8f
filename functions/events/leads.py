"""Leads: people who may become customers, and events of the operator's own product."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.event import MOST_ITEMS, DomainEvent, Identifier, Line, Text, Word


class Answer(BaseModel):
    """A question of a form, and the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    question: Line | None
    answer: Text


class Consent(BaseModel):
    """What a person was asked to consent to, in `text`, and whether they did; `at` is when, in ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    given: bool
    text: Line | None
    at: Word | None


class Hidden(BaseModel):
    """A field that the person did not fill in: it comes from the link that they followed, so anyone can write it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Word
    value: Line


class Campaign(BaseModel):
    """The UTM parameters of the link that a person followed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: Word | None = None
    medium: Word | None = None
    campaign: Word | None = None
    term: Word | None = None
    content: Word | None = None


class Prospect(BaseModel):
    """What is known of a person who may become a customer, as they or the product said it; nothing of it is verified.

    `email` is as it was written, `address` the same in one form: connectors act on it as `person:email/<address>`.
    `person` is one for all addresses that differ in what follows a plus. `meant` is the address that was probably
    meant, if the domain looks like a typo; nobody writes to it without asking. `size` is a number of employees, as a
    number or a range.
    """

    email: Line | None = None
    address: Identifier | None = None
    person: Identifier | None = None
    meant: Identifier | None = None
    full_name: Line | None = None
    company: Line | None = None
    size: Word | None = None
    country: Word | None = None
    product: Word | None = None
    consent: Consent | None = None
    utm: Campaign | None = None


class LeadCaptured(Prospect, DomainEvent):
    """A person filled in a form, or was added to the CRM; `origin` is the form, or the CRM's source of the contact.

    `form` is the id of the form, `submitted` when it was sent, in ISO 8601.
    """

    detail_type = "lead.captured"
    owner = "growth"
    facets = ("origin",)
    example: ClassVar = {
        "lead": "a3a12ec67a1365927098a606107fac15",
        "channel": "form",
        "origin": "lT4Z3j",
        "email": "Ada+demo@example.com",
        "address": "ada+demo@example.com",
        "person": "ada@example.com",
        "meant": None,
        "full_name": "Ada Lovelace",
        "company": "Analytical Engines",
        "size": "11-50",
        "country": "GB",
        "product": "team",
        "consent": {"given": True, "text": "May we write to you?", "at": "2026-09-21T13:33:20Z"},
        "utm": {"source": "news", "medium": "email", "campaign": "autumn", "term": None, "content": None},
        "answers": [{"question": "What do you need?", "answer": "A demo"}],
        "form": "lT4Z3j",
        "submitted": "2026-09-21T13:33:20Z",
        "hidden": [{"name": "partner", "value": "acme"}],
    }

    lead: Identifier
    channel: Literal["form", "crm"]
    origin: Word | None
    answers: Annotated[list[Answer], Field(max_length=MOST_ITEMS)]
    form: Identifier | None = None
    submitted: Word | None = None
    hidden: Annotated[list[Hidden], Field(max_length=MOST_ITEMS)] = []


class ProductEvent(Prospect, DomainEvent):
    """An event of the operator's own product; `name` is the product's name of it, `subject` the id of its object.

    `plan` is what the person has or tries.
    """

    detail_type = "product.event"
    owner = "growth"
    facets = ("name",)
    example: ClassVar = {
        "name": "trial.started",
        "subject": "acc_1Example",
        "email": "ada@example.com",
        "address": "ada@example.com",
        "person": "ada@example.com",
        "meant": None,
        "full_name": "Ada Lovelace",
        "company": "Analytical Engines",
        "size": "12",
        "country": "GB",
        "product": "analytics",
        "consent": {"given": False, "text": "May we write to you?", "at": None},
        "utm": None,
        "plan": "team",
    }

    name: Line
    subject: Identifier
    plan: Word | None = None
