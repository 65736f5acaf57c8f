"""An example of a maker and a checker: one desk writes the release note of a change, another approves it."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import GroupChat

MANIFEST = AgentManifest(
    name="example_note",
    owner="engineering",
    purpose="Write the release note of a change",
    subscribes=[Subscription("change.proposed", sources=["webhook.github"])],
    workflow=GroupChat(speakers=["example_support", "example_sales"], rounds=5, otherwise="best_so_far"),
    budget=Budget(hops=2),
    flow="patterns",
)
