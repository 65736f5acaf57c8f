"""An example of the sequential pattern: a lead's quote goes through three desks, with a gate after each."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import Field, Gate, Sequential, Stage

MANIFEST = AgentManifest(
    name="example_quote",
    owner="growth",
    purpose="Make a quote for a lead desk by desk",
    subscribes=[Subscription("lead.captured", sources=["webhook.typeform"])],
    workflow=Sequential(
        stages=[
            Stage("need", "example_sales", Gate({"seats": Field("whole", least=1, most=100_000)})),
            Stage("price", "example_billing", Gate({"eur": Field("whole", least=1, most=5_000)})),
            Stage("offer", "example_support", Gate({"text": Field("text", least=1, most=500)})),
        ]
    ),
    budget=Budget(hops=2),
    flow="patterns",
)
