"""Waits: an agent waits for an event, and ends its wait itself if that does not come."""

from typing import ClassVar

from functions.api.event import DomainEvent


class WaitExpired(DomainEvent):
    """The time of a wait of `agent` may be over. An agent sends it to itself, and nothing publishes it."""

    detail_type = "wait.expired"
    owner = "platform"
    example: ClassVar = {"agent": "fraud", "wait": "agent.fraud:wait.expired:1f0c3a5be1d7428899aa00bb1f0c3a5b"}

    agent: str
    wait: str
