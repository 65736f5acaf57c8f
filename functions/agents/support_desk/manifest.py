"""The support desk: triage finds the specialist, who answers, hands on, or leaves the case to a person."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import Handoff

MANIFEST = AgentManifest(
    name="support_desk",
    owner="support",
    purpose="Find who can answer a message of a customer with one case for a ticket at a time",
    subscribes=[
        Subscription("case.message", sources=["agent.support_intake"]),
        Subscription("case.closed", sources=["agent.support_intake"]),
    ],
    workflow=Handoff(
        triage="support_triage",
        specialists=["billing_support", "technical_support", "account_support"],
        same_entity="join",
        joins="triage",
        ends=["case.closed"],
        patience=5 * 60,
    ),
    budget=Budget(hops=4, wakes_per_tree=60),
    flow="support",
)
