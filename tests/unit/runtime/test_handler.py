"""An agent's handler behind its queue: copies, retries and dead letters."""

import pytest

from functions.core.events import catalogue
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.platform.environment import AgentEnvironment
from functions.core.platform.errors import CircuitOpen, RetryableError
from functions.core.runtime.outcomes import Done, Emit
from functions.core.runtime.serve import serve

MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    publishes=["payment.approved", "payment.held"],
    uses=[Use("stripe", ["charge.retrieve", "review.approve"], "tests")],
    budget=Budget(seconds=20, hops=2),
)
HELD = Emit("payment.held", {"charge": "ch_1", "score": 0.9, "reasons": ["amount"]}, why="score 0.9")


class Served:
    """An agent's Lambda handler, with its memory in moto's DynamoDB, and what its `run` was woken with."""

    def __init__(self, platform, clients: dict, run_result) -> None:
        self.woken: list[str] = []
        self.run_more = lambda: None
        self.result = run_result
        environment = AgentEnvironment(
            "audit", "queue", "dead-letters", "fraud", "bus", "idempotency", "arn:{connector}"
        )
        self.handler = serve(MANIFEST, self.run, catalogue, platform(environment, **clients))

    def run(self, event, tools):
        self.woken.append(event.id)
        self.run_more()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def serve_with(platform, dynamodb, table, eventbridge, sqs):
    table("idempotency")
    return lambda result: Served(
        platform, {"dynamodb": dynamodb, "events": eventbridge, "sqs": sqs, "lambda": None}, result
    )


@pytest.fixture
def message(make_event, envelope_of, sqs_payload):
    return lambda *ids: sqs_payload(*(envelope_of(make_event(id=id)) for id in ids))


def test_a_copy_of_an_event_wakes_nobody(serve_with, message, lambda_context, eventbridge, sqs):
    """In the same batch or a later one, it is acknowledged, recorded and nothing more."""
    served = serve_with(HELD)
    assert served.handler(message("stripe:e1", "stripe:e1"), lambda_context) == {"batchItemFailures": []}
    assert served.handler(message("stripe:e1"), lambda_context) == {"batchItemFailures": []}
    assert served.woken == ["stripe:e1"]
    assert eventbridge.types == ["payment.held"]
    copies = [record for record in sqs.audited if record["kind"] == "duplicate"]
    assert [(record["event"], record["decision"]) for record in copies] == [("stripe:e1", "already handled")] * 2


def test_what_is_no_event_wakes_nobody_and_is_on_the_agents_record(serve_with, sqs_payload, lambda_context, sqs):
    """Before it goes to the dead letters."""
    served = serve_with(HELD)
    assert served.handler(sqs_payload("junk"), lambda_context) == {"batchItemFailures": []}
    assert [method for method, _ in sqs.calls] == ["send_message", "send_message"]
    (record,) = sqs.audited
    assert (record["identity"], record["kind"], served.woken) == ("agent.fraud", "rejected", [])


def test_each_event_wakes_the_agent_once(serve_with, message, lambda_context):
    served = serve_with(HELD)
    served.handler(message("stripe:e1", "stripe:e2"), lambda_context)
    assert served.woken == ["stripe:e1", "stripe:e2"]


def test_an_event_that_failed_wakes_the_agent_again(serve_with, message, lambda_context, eventbridge):
    """A failure is not remembered as done."""
    served = serve_with(RetryableError("later"))
    assert served.handler(message("stripe:e1"), lambda_context)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    served.result = HELD
    assert served.handler(message("stripe:e1"), lambda_context) == {"batchItemFailures": []}
    assert (served.woken, eventbridge.types) == (["stripe:e1", "stripe:e1"], ["payment.held"])


def test_an_event_that_another_copy_is_handling_comes_back(serve_with, message, lambda_context):
    """It is neither handled twice at once nor lost if the other copy fails."""
    other, inner = serve_with(HELD), []
    served = serve_with(None)
    served.run_more = lambda: inner.append(other.handler(message("stripe:e1"), lambda_context))
    served.result = Done("fine")
    assert served.handler(message("stripe:e1"), lambda_context) == {"batchItemFailures": []}
    assert inner == [{"batchItemFailures": [{"itemIdentifier": "m0"}]}]
    assert other.woken == []


def test_another_agents_event_goes_to_the_dead_letters(
    serve_with, make_event, envelope_of, sqs_payload, lambda_context, sqs
):
    """With its reason, and the agent is not woken."""
    served = serve_with(HELD)
    payload = sqs_payload(envelope_of(make_event(source="webhook.adyen", id="adyen:evt_1")))
    assert served.handler(payload, lambda_context) == {"batchItemFailures": []}
    assert served.woken == []
    reason = sqs.sent[0]["MessageAttributes"]["reason"]["StringValue"]
    assert reason.startswith("Denied: fraud does not subscribe to")


def test_an_event_that_met_an_open_circuit_is_handled_when_its_copy_comes(
    serve_with, message, lambda_context, sqs, eventbridge
):
    """The agent's memory does not take the copy for one of an event that is done."""
    served = serve_with(CircuitOpen("open", retry_after=20))
    assert served.handler(message("stripe:e1"), lambda_context) == {"batchItemFailures": []}
    (copy,) = sqs.sent
    served.result = HELD
    again = message("stripe:e1")
    again["Records"][0]["body"] = copy["MessageBody"]
    assert served.handler(again, lambda_context) == {"batchItemFailures": []}
    assert (served.woken, eventbridge.types) == (["stripe:e1", "stripe:e1"], ["payment.held"])
