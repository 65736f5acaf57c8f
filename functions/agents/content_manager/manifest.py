"""The manager of mails to leads: one agent writes, another approves. Without an agreement, a person has the lead."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import GroupChat

MANIFEST = AgentManifest(
    name="content_manager",
    owner="growth",
    purpose="Agree on the mail to a lead",
    subscribes=[Subscription("follow_up.requested", sources=["agent.lead_follow_up"])],
    workflow=GroupChat(
        speakers=["content_writer", "content_checker"],
        rounds=3,
        repeats=2,  # the second proposal differs in a word or two
        otherwise="handed_to_person",
        seconds=3600,
        patience=120,
        person_seconds=3600,
    ),
    budget=Budget(hops=4, wakes_per_tree=30),
    flow="leads",
)
