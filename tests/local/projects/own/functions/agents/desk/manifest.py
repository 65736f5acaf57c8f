"""Manages the reading of a note: a run of it waits for its reader, for a day."""

from functions.api.agent import AgentManifest, Subscription
from functions.api.workflow import Agree, Concurrent

MANIFEST = AgentManifest(
    name="desk",
    owner="engineering",
    purpose="Let notes be read",
    subscribes=[Subscription("note.taken", sources=["webhook.acme"])],
    workflow=Concurrent(
        asked=["reader"], merge={"read": Agree()}, compensates=["reader"], same_entity="supersede", patience=1200
    ),
)
