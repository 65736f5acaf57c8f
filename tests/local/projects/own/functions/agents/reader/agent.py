"""Reads without an end."""

from functions.api.agent import Done, Event


def run(event: Event, tools: object) -> Done:
    """A task is never answered, and a revoked one is forgotten."""
    return Done("forgotten" if event.type == "task.revoked" else "reading")
