"""What the test of a new agent wakes it with, and what it then expects (docs/test-an-agent.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.events.reviews import DECISIONS
from functions.core.platform.detail_types import UNMAPPED
from hookline.local.sandbox_providers import sandbox_providers
from hookline.scaffold.calls import Call, Subscribed, fields_of
from hookline.scaffold.entities import fixture_of
from hookline.validation.discovery import Project


@dataclass(frozen=True)
class Trial:
    """How the testing kit wakes the agent with one subscribed event, "" if it cannot; and what comes of it.

    `answers` are those of providers that no sandbox plays. `calls` are made, the last of them is left to a person if it
    `asks`.
    """

    subscribed: Subscribed
    woken: str
    answers: Mapping[str, Any]
    calls: Sequence[Call]
    asks: bool

    @property
    def effects(self) -> list[str]:
        """The effects that happen at once."""
        done = self.calls[:-1] if self.asks else self.calls
        return [f"{one.connector}.{one.operation.name}" for one in done if one.operation.kind == "effect"]

    @property
    def shown(self) -> bool:
        """Whether an effect that happens has the agent's text."""
        return any(one.writes and not one.asks for one in self.calls)


def trial_of(subscribed: Subscribed, calls: Sequence[Call], project: Project) -> Trial:
    """The trial of one subscribed event."""
    made: list[Call] = []
    for call in calls:
        if call.when.holds(subscribed, subscribed.entities):
            made.append(call)
            if call.asks:  # it ends the run
                break
    asks = bool(made) and made[-1].asks
    answers: dict[str, Any] = {}
    for call in made:
        if _answered(call.connector, made, project):
            state = call.operation.state
            if not call.asks:
                answers[f"{call.connector}.{call.operation.name}"] = [] if call.operation.paging else {}
            elif state:
                answers[f"{call.connector}.{state.operation}"] = {}
    return Trial(subscribed, _woken(subscribed, made, project), answers, made, asks)


def _answered(connector: str, made: Sequence[Call], project: Project) -> bool:
    """Whether a provider's answers are given: its sandbox knows its own destination, and no entity of an event."""
    if not project.connectors[connector].hosts:
        return False
    named = any(not call.is_to_destination for call in made if call.connector == connector)
    return named or connector not in sandbox_providers()


def _woken(subscribed: Subscribed, made: Sequence[Call], project: Project) -> str:
    source, _, last = subscribed.detail_type.rpartition(".")
    if last == UNMAPPED:
        fixture = fixture_of(source, subscribed.detail_type, subscribed.raw, project)
        return f"delivery({source!r}, {fixture!r})" if fixture else ""
    if subscribed.detail_type in DECISIONS or any(call.when.kind for call in made):
        return ""
    if all(source.startswith("agent.") for source in subscribed.sources):  # the kit knows no entities of its events
        named = dict.fromkeys(_entity(call, subscribed) for call in made if not call.is_to_destination)
        return f"event({subscribed.detail_type!r}{f', entities={list(named)}' if named else ''})"
    return f"event({subscribed.detail_type!r})"


def _entity(call: Call, subscribed: Subscribed) -> str:
    """The entity that a call acts on when it is woken with the event's example."""
    fields = fields_of(call.operation, subscribed)
    if not all(fields.values()):
        return subscribed.entities[0]
    return call.operation.entity.format(**{name: subscribed.model.example[field] for name, field in fields.items()})
