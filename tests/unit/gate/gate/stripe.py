"""A connector with a read and an effect, its agents, and what performs its operations."""

from functions.core.gate.ledger import Effect
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.arguments import Number, Text
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.canonical import digest

READ = Operation("charge.retrieve", kind="read", entity="stripe:charge/{charge}", takes={"limit": Number()})


ACT = Operation(
    "review.approve", kind="effect", entity="stripe:review/{review}", idempotency="key", takes={"note": Text()}
)


BETWEEN = Operation("line.read", kind="read", entity="stripe:line/{invoice}/{line}")


UNUSED = Operation("charge.list", kind="read", entity="stripe:charge/{charge}")


STRIPE = ConnectorManifest(name="stripe", owner="tests", operations=[READ, ACT, BETWEEN, UNUSED], seconds=10)


SUBSCRIBES = [Subscription("payment.succeeded", ["webhook.stripe"])]


FRAUD = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=SUBSCRIBES,
    uses=[Use("stripe", ["charge.retrieve", "review.approve", "line.read", "charge.gone"], "tests")],
)


IDLE = AgentManifest(name="idle", owner="tests", purpose="tests", subscribes=SUBSCRIBES)


CHARGE, REVIEW = "stripe:charge/ch_1", "stripe:review/prv_1"


class Performer:
    """Answers {"done": true}, or raises `raises`."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.raises: Exception | None = None

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        self.calls.append((operation.name, dict(arguments), key, seconds))
        if self.raises:
            raise self.raises
        return {"done": True}


class Watched:
    """Notes every method of `target` that is called, by its name."""

    def __init__(self, target: object, steps: list[str]) -> None:
        self._target = target
        self._steps = steps

    def __getattr__(self, name: str) -> object:
        self._steps.append(name)
        return getattr(self._target, name)


def status(dynamodb, effect: Effect) -> dict | None:
    return dynamodb.get_item(TableName="ledger", Key={"key": {"S": effect.row}}).get("Item")


APPROVAL = Effect("fraud", "stripe:review.approve", REVIEW, "stripe:evt_1", digest({"review": "prv_1"}))
