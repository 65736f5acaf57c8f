"""An example of the concurrent pattern: three desks say at once whether to contest a dispute, and vote."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import Concurrent, Vote

MANIFEST = AgentManifest(
    name="example_dispute",
    owner="payments-risk",
    purpose="Contest or accept a dispute by a vote",
    subscribes=[Subscription("payment.disputed", sources=["webhook.stripe"])],
    workflow=Concurrent(asked=["example_sales", "example_billing", "example_support"], merge={"answer": Vote()}),
    budget=Budget(hops=2),
    flow="patterns",
)
