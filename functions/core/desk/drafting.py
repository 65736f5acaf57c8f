"""What a note of the desk says beside its draft: the labels, and what happened to the customer before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from functions.core.desk.labels import Labels
from functions.core.events.event import Event

HISTORY = 30  # events of an entity's timeline
SHOWN = 6  # kinds of events in a note
LONGEST_EARLIER = 200  # characters that a note says of the one before


def past_of(event: Event, tools: Any, beyond: Iterable[str] = ()) -> list[Mapping[str, Any]]:
    """What happened before to the entities of the event, and to those `beyond` that a link leads to; newest first."""
    entries: dict[str, Mapping[str, Any]] = {}
    for entity in dict.fromkeys([*event.entities, *beyond]):
        for entry in tools.context.timeline_read(entity=entity, limit=HISTORY)["entries"]:
            # Beside the end of this ticket's earlier cases, what agents said is no history of the customer.
            earlier = entity == event.subject and _is_answered(entry)
            if entry["source"].startswith("webhook.") or earlier:
                entries[entry["id"]] = entry
    return sorted(entries.values(), key=lambda entry: str(entry["time"]), reverse=True)


def drafted(draft: str, labels: Labels, past: Sequence[Mapping[str, Any]], more: Sequence[str] = ()) -> str:
    """The note of a draft, for the colleague who answers."""
    return "\n\n".join(["Draft of a reply:", draft, *more, labelled(labels), history(past)])


def labelled(labels: Labels) -> str:
    """The labels in one line, and how sure the intent is."""
    sure = f" ({labels.confidence})" if labels.confidence else ""
    language, intent = labels.language or "unknown", labels.intent or "unsure"
    return f"Intent: {intent}{sure}. Language: {language}. Urgency: {labels.urgency}. Mood: {labels.mood}."


def history(past: Sequence[Mapping[str, Any]]) -> str:
    """How often what happened to the customer, in one line, and what the desk noted last."""
    counts = Counter(str(entry["type"]) for entry in past if not _is_answered(entry)).most_common(SHOWN)
    earlier = [str(entry["data"]["result"].get("result", "")) for entry in past if _is_answered(entry)][:1]
    told = [f"The newest of the earlier notes of this ticket: {one[:LONGEST_EARLIER]}." for one in earlier]
    return " ".join([f"Before: {', '.join(f'{count} x {kind}' for kind, count in counts) or 'nothing known'}.", *told])


def _is_answered(entry: Mapping[str, Any]) -> bool:
    """Whether it is the end of a case in which a specialist wrote a note."""
    return bool(entry["type"] == "workflow.ended" and entry["data"].get("state") == "completed")
