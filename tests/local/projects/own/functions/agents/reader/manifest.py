"""Reads a note, and never says so; it can forget what it read."""

from functions.api.agent import AgentManifest, Subscription

MANIFEST = AgentManifest(
    name="reader",
    owner="engineering",
    purpose="Read notes",
    subscribes=[
        Subscription("task.assigned", sources=["agent.desk"]),
        Subscription("task.revoked", sources=["agent.desk"]),
    ],
)
