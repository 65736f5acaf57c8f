"""Collects what came of an event in the account of a kit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.events.event import Event
from functions.core.events.reviews import APPROVAL_REQUIRED
from functions.core.platform.action import Action
from functions.core.reviews.review import review_id
from hookline.testing.kit.account import KitAccount
from hookline.testing.kit.results import Asked, Denial, Effect, Result
from infra import naming


@dataclass(frozen=True)
class Mark:
    """How much had happened in an account at some time."""

    records: Mapping[str, int]
    published: int
    performed: int
    calls: int
    letters: frozenset[str]

    @classmethod
    def of(cls, account: KitAccount) -> "Mark":
        """The mark of now. What the account notes of an event starts anew."""
        account.notes.outcomes.clear()
        account.notes.budget_used = 0.0
        account.notes.raised = None
        return cls(
            {name: len(account.queues[name].accepted) for name in naming.AUDIT_QUEUES.values()},
            len(account.bus.published),
            len(account.notes.performed),
            len(account.calls),
            frozenset(id for queue in account.queues.values() for id in queue.messages),
        )


def collected(account: KitAccount, agents: Sequence[str], mark: Mark) -> Result:
    """What came of what happened since `mark`; the first of `agents` is the one that was woken."""
    records = _records(account, mark)
    name, identity = naming.agent(agents[0]), f"agent.{agents[0]}"
    sources, names = {f"agent.{one}" for one in agents}, [naming.agent(one) for one in agents]
    made = [Event(**one) for one in account.bus.published[mark.published :] if one["source"] in sources]
    letters = [
        letter
        for one in names
        for id, letter in account.queues[naming.dead_letters(one)].messages.items()
        if id not in mark.letters
    ]
    waits = any(account.queues[one].pending for one in names)
    received = [one for one in records if (one["identity"], one["kind"]) == (identity, "received")]
    event = _event(account.queues[name].accepted, received, records, identity)
    last = _last_failure(records, identity)
    used_up = f"its tries are used up: {last}"  # SQS moved it, and gives no reason
    reason = letters[-1].attributes.get("reason", {}).get("stringValue", used_up) if letters else ""
    return Result(
        status="dead-lettered" if letters else "waiting" if waits else "handled" if event else "idle",
        reason=reason or (last if waits else ""),
        event=event,
        outcomes=account.notes.outcomes[-1] if account.notes.outcomes else (),
        published=tuple(made),
        effects=_effects(account, mark),
        reads=tuple(
            str(one.calling)
            for one in account.notes.performed[mark.performed :]
            if one.calling.operation.kind == "read"
        ),
        denials=_denials(records, identity),
        asked=_asked(made, records),
        raised=account.notes.raised,
        budget_used=account.notes.budget_used,
        tries=len(received),
        records=tuple(records),
        calls=tuple(account.calls[mark.calls :]),
    )


def _records(account: KitAccount, mark: Mark) -> list[dict[str, Any]]:
    bodies = [body for name, before in mark.records.items() for body in account.queues[name].accepted[before:]]
    return sorted((one for body in bodies for one in json.loads(body)), key=lambda one: one["at"])


def _event(
    messages: Sequence[str], received: list[dict[str, Any]], records: list[dict[str, Any]], identity: str
) -> Event | None:
    """The event that the agent received, recognized as a copy, or did not wait for."""
    others = [
        one for one in records if (one["identity"], one["kind"]) in ((identity, "duplicate"), (identity, "passed"))
    ]
    id = next((one["event"] for one in (*received, *others)), None)
    found = (json.loads(body)["detail"] for body in messages if id is not None and id in body)
    return next((Event(**one) for one in found if one["id"] == id), None)


def _effects(account: KitAccount, mark: Mark) -> tuple[Effect, ...]:
    """The effects, each once however often it was tried."""
    found: dict[tuple[str, str], Effect] = {}
    for one in account.notes.performed[mark.performed :]:
        calling = one.calling
        if calling.operation.kind == "effect":
            key = (calling.name, calling.effect)
            times = one.times + (found[key].times if key in found else 0)
            found[key] = Effect(calling.name, one.entity, calling.own_arguments, times, one.destination)
    return tuple(found.values())


def _denials(records: list[dict[str, Any]], identity: str) -> tuple[Denial, ...]:
    """The refusals of connectors, of the review service, and those of the runtime that no connector made."""
    found: list[Denial] = []
    for one in records:
        kind = one["decision"]
        by_connector = one["kind"] == "denied" and one["identity"].startswith("connector.")
        by_runtime = one["kind"] == "failed" and one["identity"] == identity and kind in ("Denied", "BudgetExceeded")
        by_reviews = one["kind"] == "refused" and one["identity"] == "service.reviews"
        known = any(other.reason == one["reason"] for other in found)
        if (by_connector or by_runtime or by_reviews) and not known:
            found.append(Denial(kind, one["reason"], one["action"], one["resource"] if by_connector else ""))
    return tuple(found)


def _asked(made: list[Event], records: list[dict[str, Any]]) -> tuple[Asked, ...]:
    """The questions for which the review service opened a review."""
    opened = {one["resource"].removeprefix("review/") for one in records if one["kind"] == "asked"}
    questions = [(review_id(one.id), one.data) for one in made if one.type == APPROVAL_REQUIRED]
    return tuple(
        Asked(
            review,
            data["question"],
            Action(**data["action"]) if data["action"] else None,
            data["evidence"],
            data["why"],
            data["otherwise"],
        )
        for review, data in questions
        if review in opened
    )


def _last_failure(records: list[dict[str, Any]], identity: str) -> str:
    return next(
        (one["reason"] for one in reversed(records) if (one["identity"], one["kind"]) == (identity, "failed")), ""
    )
