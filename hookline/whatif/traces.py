"""What a run did, as values that can be compared: the calls that the policy saw, and how the run ended. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.core.manifests.operation import Operation
from functions.core.manifests.recorded import Recorded
from functions.core.recording.redaction import redacted
from hookline.whatif.served import redacted_digest

Verdict = Literal["same", "content", "flip", "unknown"]

# Parts of an outcome that people read: other words are no other decision.
WORDS = ("kind", "subject", "why", "question", "evidence", "proposal")
LONGEST_SHOWN = 2_000  # characters of a call's arguments in a report


@dataclass(frozen=True)
class Trace:
    """`steps` are calls as `step` makes them, `outcomes` as `outcome_of` does; `raised` is the kind of an error, or "".

    `unknown` says why nothing is known of what follows the last step; "" if all is known.
    """

    steps: Sequence[Mapping[str, Any]] = ()
    outcomes: Sequence[Mapping[str, Any]] = ()
    raised: str = ""
    unknown: str = ""

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**self.__dict__, "steps": list(self.steps), "outcomes": list(self.outcomes)}


@dataclass(frozen=True)
class Difference:
    """How a second trace differs from a first one: the first divergence, what stands there in each, and why."""

    verdict: Verdict
    number: int = 0
    was: str = ""
    now: str = ""
    why: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def step(
    connector: str, operation: Operation, entity: str, arguments: Mapping[str, Any], policies: Sequence[str]
) -> dict[str, Any]:
    """A call as it is compared; of a model's, which is long, only the digest."""
    made = redacted(dict(arguments), operation.recorded or Recorded())
    shown: Any = {} if operation.model or operation.recorded is None else made
    return {
        "call": f"{connector}:{operation.name}",
        "effect": operation.kind == "effect",
        "entity": entity,
        "digest": redacted_digest(made),
        "arguments": shown if len(str(shown)) <= LONGEST_SHOWN else {},
        "policies": list(policies),
        "error": "",
    }


def outcome_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An outcome as it is compared."""
    content = {name: value for name, value in fields.items() if name not in WORDS}
    return {"kind": fields["kind"], "subject": fields["subject"], "content": content, "why": fields.get("why", "")}


def compared(before: Trace, after: Trace) -> Difference:
    """How `after` differs from `before`.

    A decision flips if other effects are asked for or judged otherwise, or if other outcomes or another error follow.
    Other reads and other contents of the same outcomes are no flip. It is unknown if a trace ends unknown before
    that can be said.
    """
    number, was, now, why = _first(before, after)
    unknown = after.unknown or before.unknown
    flips = _flips(before, after)
    verdict: Verdict = "flip" if flips else "unknown" if unknown else "content" if was or now else "same"
    if verdict == "same":
        return Difference("same")
    return Difference(verdict, number, was, now, why or unknown)


def _flips(before: Trace, after: Trace) -> bool:
    first, second = _effects(before), _effects(after)
    if before.unknown or after.unknown:
        # Only what was asked for until then is known: one must be how the other begins.
        if before.unknown and after.unknown:
            shorter = min(len(first), len(second))
            return first[:shorter] != second[:shorter]
        known, until = (second, first) if before.unknown else (first, second)
        return known[: len(until)] != until
    return first != second or _decision(before) != _decision(after)


def _effects(trace: Trace) -> list[tuple[Any, ...]]:
    """The effects that were asked for, and how they were judged; one without a recorded answer was permitted."""
    asked = ({**one, "error": ""} if one["error"] == "Unrecorded" else one for one in trace.steps if one["effect"])
    return [_same(one) for one in asked]


def _decision(trace: Trace) -> tuple[Any, ...]:
    return ([(one["kind"], one["subject"]) for one in trace.outcomes], trace.raised)


def _same(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return (one["call"], one["entity"], one["digest"], one["error"])


def _first(before: Trace, after: Trace) -> tuple[int, str, str, str]:
    """The number (from 1) of the first divergence, what each has there, and why the second one has it."""
    for number, (one, other) in enumerate(_pairs(before, after), 1):
        if one is None or other is None or one[0] != other[0]:
            return number, one[1] if one else "", other[1] if other else "", other[2] if other else ""
    return 0, "", "", ""


def _pairs(before: Trace, after: Trace) -> Sequence[tuple[Any, Any]]:
    first, second = _items(before), _items(after)
    length = max(len(first), len(second))
    padded = ([*one, *[None] * (length - len(one))] for one in (first, second))
    return list(zip(*padded, strict=True))


def _items(trace: Trace) -> list[tuple[Any, str, str]]:
    """Each step and outcome: what it is compared by, its text, and why it is so."""
    items: list[tuple[Any, str, str]] = [
        (_same(one), _text(one), trace.unknown if one["error"] == "Unrecorded" else _policies(one))
        for one in trace.steps
    ]
    items += [
        (
            (one["kind"], one["subject"], one["content"]),
            " ".join(filter(None, (one["kind"], one["subject"]))),
            one["why"],
        )
        for one in trace.outcomes
    ]
    if trace.raised:
        items.append((trace.raised, f"raises {trace.raised}", ""))
    if trace.unknown:
        items.append((f"unknown {trace.unknown}", "unknown", trace.unknown))
    return items


def _policies(one: Mapping[str, Any]) -> str:
    return f"by policy {', '.join(one['policies'])}" if one["policies"] else ""


def _text(one: Mapping[str, Any]) -> str:
    error = one["error"]
    ended = f", {_ENDED.get(error, error)}" if error else ""
    return f"{one['call']} on {one['entity']}{ended}"


_ENDED = {"Denied": "denied", "ApprovalNeeded": "a person is asked", "Unrecorded": "no recorded answer"}
