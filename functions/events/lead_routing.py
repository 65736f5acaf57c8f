"""What became of leads: who has one, and what is written to the person."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.event import MOST_ITEMS, DomainEvent, Identifier, Line, Word
from functions.events.leads import LeadCaptured, Prospect

_PROSPECT = {name: value for name, value in LeadCaptured.example.items() if name in Prospect.model_fields}
_LEAD = {"lead": "a3a12ec67a1365927098a606107fac15", "channel": "form", "origin": "lT4Z3j", "said": "A demo"}

MOST_SAID = 1_000  # characters
Said = Annotated[str, Field(max_length=MOST_SAID)]
Channel = Literal["form", "crm", "product"]
Grade = Literal["hot", "warm", "cold"]
Writable = Literal["yes", "no consent", "no address", "the domain looks like a typo"]


class LeadRouted(Prospect, DomainEvent):
    """A lead has an owner.

    `contact` is its id in the CRM if the CRM reported it, `keeps` the id of the owner that the contact had before.
    Without one, the lead goes to the first of `owners` who is still there: addresses of the team of `pool`, whose turn
    it is first. `score` is from 0 to 100, `reasons` say what it is made of, `known` what the past of the person holds.
    `writable` says whether they may be written to, and if not, why.
    """

    detail_type = "lead.routed"
    owner = "growth"
    facets = ("grade",)
    example: ClassVar = {
        **_PROSPECT,
        **_LEAD,
        "contact": None,
        "score": 55,
        "grade": "warm",
        "reasons": ["20 for 50 people or more"],
        "known": ["2 events of the product"],
        "territory": "emea",
        "pool": "emea",
        "owners": ["mia@example.com", "noah@example.com"],
        "keeps": None,
        "writable": "yes",
    }

    lead: Identifier
    channel: Channel
    origin: Word | None
    said: Said
    contact: Identifier | None
    score: Annotated[int, Field(ge=0, le=100)]
    grade: Grade
    reasons: Annotated[list[Line], Field(max_length=MOST_ITEMS)]
    known: Annotated[list[Line], Field(max_length=MOST_ITEMS)]
    territory: Word
    pool: Word
    owners: Annotated[list[Line], Field(max_length=MOST_ITEMS)]
    keeps: Identifier | None
    writable: Writable


class LeadJoined(Prospect, DomainEvent):
    """A person who is a lead already filled in another form, or did something else: it belongs to that lead.

    `grade` counts what this event says, and not the past. `writable` is as in `lead.routed`.
    """

    detail_type = "lead.joined"
    owner = "growth"
    facets = ("origin",)
    example: ClassVar = {**_PROSPECT, **_LEAD, "contact": None, "grade": "warm", "writable": "yes"}

    lead: Identifier
    channel: Channel
    origin: Word | None
    said: Said
    contact: Identifier | None
    grade: Grade
    writable: Writable


class Block(BaseModel):
    """A text that was approved for mails; {name} stands for the person's first name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Word
    text: Annotated[str, Field(max_length=600)]


class FollowUpRequested(DomainEvent):
    """A mail to a lead is wanted, made of `blocks`; `said` is what the person wrote, whom nobody has verified."""

    detail_type = "follow_up.requested"
    owner = "growth"
    example: ClassVar = {
        **_LEAD,
        "full_name": "Ada Lovelace",
        "company": "Analytical Engines",
        "product": "team",
        "grade": "warm",
        "subjects": [{"id": "welcome", "text": "Your question about our product"}],
        "blocks": [{"id": "hello", "text": "Hello {name},"}],
    }

    lead: Identifier
    channel: Channel
    origin: Word | None
    said: Said
    full_name: Line | None
    company: Line | None
    product: Word | None
    grade: Grade
    subjects: Annotated[list[Block], Field(max_length=MOST_ITEMS)]
    blocks: Annotated[list[Block], Field(max_length=MOST_ITEMS)]
