"""An agent with a model on the local stack: its calls reach our scripted Bedrock, and nothing that is made up."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.core.platform.canonical import digest
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from tests.local.project import Project

pytestmark = pytest.mark.local

MADE_UP = "[ministack mock"  # how each answer of the emulator's own Bedrock begins
MODEL = "bedrock:model/us.anthropic.claude-haiku-4-5-20251001-v1:0"


@pytest.fixture
def ask(
    probed: Project, probing: LocalStack, eventually: Callable[..., Any]
) -> Iterator[Callable[..., dict[str, Any]]]:
    """Wakes the agent once, and returns the record of its decision and those of its connector."""
    trail = Trail(probing.client("dynamodb"))

    def of(identity: str, after: int) -> list[dict[str, Any]]:
        return trail.of_identity(identity, after)

    def ask(script: list[dict[str, Any]], fault: dict[str, Any] | None = None) -> dict[str, Any]:
        control = probing.sandboxes.control
        control("DELETE", "/_sandbox/bedrock/state")
        control("DELETE", "/_sandbox/faults")
        control("POST", "/_sandbox/bedrock/script", {"answers": script})
        if fault:
            control(
                "POST", "/_sandbox/faults", {"provider": "bedrock", "match": {"path": "/model/*/converse"}, **fault}
            )
        agent, connector = trail.length("agent.thinker"), trail.length("connector.bedrock")
        probed.run("send", "stripe", "customer_created__unmapped")

        def decided() -> list[dict[str, Any]]:
            return [one for one in of("agent.thinker", agent) if one["kind"] == "decided"]

        (record, *_) = eventually(decided, "a decision")

        def ended() -> list[dict[str, Any]]:
            found = of("connector.bedrock", connector)
            return found if any(one["kind"] in ("read", "failed") for one in found) else []

        records = eventually(ended, "the connector's records")
        calls = control("GET", "/_sandbox/bedrock/state")["calls"]
        return {"why": record["digests"]["why"], "records": records, "calls": calls}

    yield ask
    probing.sandboxes.control("DELETE", "/_sandbox/faults")


def of_model(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """The connector's record of this kind about the declared model."""
    (record,) = (one for one in found["records"] if one["kind"] == kind and one["resource"] == MODEL)
    return record


def test_an_answer_comes_from_our_server_and_is_charged_by_its_usage(ask: Callable[..., Any]) -> None:
    """The other model, which the agent does not declare, is denied before anything is sent."""
    found = ask([{"text": "A customer came.", "usage": {"input": 50, "output": 7}}])
    assert found["why"] == digest("end_turn: A customer came.; other model Denied")
    usage = of_model(found, "read")["usage"]
    assert {name: usage[name] for name in ("model_calls", "tokens", "input_tokens", "output_tokens")} == {
        "model_calls": 1,
        "tokens": 57,
        "input_tokens": 50,
        "output_tokens": 7,
    }
    assert usage["microdollars"] == 94  # 50 x 1.10 + 7 x 5.50 = 93.5
    assert of_model(found, "reserved")["usage"]["microdollars"] > 94
    paths = {call["path"].rpartition("/")[2] for call in found["calls"]}
    assert paths == {"count-tokens", "converse"}
    assert all("nova" not in call["path"] for call in found["calls"])
    assert MADE_UP not in str(found)


def test_the_emulators_own_answer_would_be_seen(probing: LocalStack) -> None:
    """It answers anything, with a text that begins like this; the other tests look for it."""
    asked = {"modelId": "amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": [{"text": "?"}]}]}
    answer = probing.client("bedrock-runtime").converse(**asked)
    assert answer["output"]["message"]["content"][0]["text"].startswith(MADE_UP)


def test_a_filtered_answer_says_so(ask: Callable[..., Any]) -> None:
    found = ask([{"text": "Blocked.", "stop": "guardrail_intervened"}])
    assert found["why"] == digest("guardrail_intervened: Blocked.; other model Denied")
    assert of_model(found, "read")["reason"] == "guardrail_intervened"


@pytest.mark.parametrize(
    ("script", "fault", "kept"),
    [
        ([], {"fault": "status", "status": 429, "times": 9}, False),
        ([{"raw": "I am not JSON"}], None, True),
        ([{"raw": '{"output": "nonsense"}'}], None, True),
        ([], {"fault": "timeout"}, True),
    ],
    ids=["throttled", "not JSON", "of another shape", "timed out"],
)
def test_a_call_without_an_answer_is_an_error_and_never_made_up(
    ask: Callable[..., Any], script: list[Any], fault: dict[str, Any] | None, kept: bool
) -> None:
    """The emulator's own proxy would turn each of these into an answer."""
    found = ask(script, fault)
    assert found["why"] in (digest("RetryableError"), digest("CircuitOpen"))
    assert not [one for one in found["records"] if one["kind"] == "read"]
    if not fault or fault["fault"] != "timeout":  # the sandbox still holds that one
        assert any("/converse" in call["path"] for call in found["calls"])
    settled = of_model(found, "settled")
    assert (settled["usage"]["microdollars"] > 0) is kept
    assert MADE_UP not in str(found)
