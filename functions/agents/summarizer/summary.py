"""The summary that the model returns, what stands in for it, and the note that people read. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from functions.api.agent import Decision, cleaned

LINE = 200  # characters of each line of a note
MOST_EVENTS = 5
URGENCIES: Mapping[str, Literal["low", "normal", "high"]] = {"low": "low", "high": "high", "urgent": "high"}

Sentence = Annotated[str, Field(max_length=2 * LINE)]  # a note has the first LINE characters


class Summary(BaseModel):
    """What happened to a customer."""

    headline: Annotated[Sentence, Field(min_length=1)]
    happened: Annotated[list[Sentence], Field(max_length=MOST_EVENTS)]
    urgency: Literal["low", "normal", "high"]
    unclear: Sentence


def by_rules(ticket: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Summary:
    """The summary without a model: the subject, how often what happened before, and the ticket's own priority."""
    counts = Counter(str(entry["type"]) for entry in entries)
    return Summary(
        headline=(ticket["subject"] or "A ticket without a subject")[:LINE],
        happened=[f"{count} x {kind.replace('.', ' ')}" for kind, count in counts.most_common(MOST_EVENTS)],
        urgency=URGENCIES.get(ticket["priority"] or "", "normal"),
        unclear="",
    )


def note(subject: str, decision: Decision[Summary]) -> str:
    """The note as plain text. Its first and last line are the agent's own: which ticket, and who summarized."""
    summary = decision.output
    who = "a model; check before you act" if decision.by == "model" else f"rules, because {decision.why}"
    said = [
        f"> {_line(summary.headline)}",
        *(f"> - {_line(one)}" for one in summary.happened),
        f"> Urgency: {summary.urgency}",
        *([f"> Ask: {_line(summary.unclear)}"] if summary.unclear else []),
    ]
    return "\n".join([f"New ticket {subject}", *said, f"(summarized by {who})"])


def _line(text: str) -> str:
    return " ".join(cleaned(text, longest=LINE).split())
