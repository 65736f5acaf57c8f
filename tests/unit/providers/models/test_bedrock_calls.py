"""Bedrock's performer: requests by botocore's own service model, and its errors by what happens next."""

import base64

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from functions.api.performer import (
    Busy,
    ConfigurationError,
    OutcomeUnknown,
    OutOfTime,
    PermanentError,
    Prices,
    Refused,
    RetryableError,
    Spend,
    Unreachable,
)
from functions.providers.bedrock.connector import MANIFEST
from functions.providers.bedrock.operations import Bedrock

CONVERSE = MANIFEST.operation("converse")
NOVA, HAIKU = "amazon.nova-lite-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"
PIXEL = base64.b64encode(b"\x89PNG").decode()
SECRET = "the customer's secret is 4242"
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
    "metrics": {"latencyMs": 300},
}


def request(model: str = NOVA, **more) -> dict:
    """A request as an agent sends it: JSON alone."""
    return {
        "modelId": model,
        "messages": [{"role": "user", "content": [{"text": SECRET}]}],
        "inferenceConfig": {"maxTokens": 100},
        **more,
    }


@pytest.fixture(scope="module")
def client():
    made_up = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    return boto3.client("bedrock-runtime", region_name="us-east-1", **made_up)


@pytest.fixture
def stub(client):
    with Stubber(client) as stub:
        yield stub


@pytest.fixture
def bedrock(client) -> Bedrock:
    return Bedrock(Prices(MANIFEST), lambda seconds: client)


@pytest.fixture
def call(bedrock):
    return lambda arguments=None, seconds=20.0: bedrock.call(CONVERSE, arguments or request(), None, seconds)


def test_the_answer_is_converses_own_without_the_headers(stub, call):
    metadata = {"RequestId": "r1", "HTTPStatusCode": 200, "HTTPHeaders": {"date": "today"}}
    stub.add_response("converse", {**ANSWER, "ResponseMetadata": metadata})
    assert call() == {**ANSWER, "ResponseMetadata": {"RequestId": "r1", "HTTPStatusCode": 200}}


FULL = request(
    system=[{"text": "You decide."}, {"cachePoint": {"type": "default"}}],
    messages=[
        {
            "role": "user",
            "content": [{"image": {"format": "png", "source": {"bytes": PIXEL}}}, {"text": "what?"}],
        },
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "t", "name": "look", "input": {"at": [1.5, None]}}}],
        },
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "t", "content": [{"json": {"seen": 1}}], "status": "success"}}],
        },
    ],
    toolConfig={
        "tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}],
        "toolChoice": {"auto": {}},
    },
    additionalModelRequestFields={"top_k": 5},
    additionalModelResponseFieldPaths=["/stop_sequence"],
    requestMetadata={"agent": "thinker"},
)


def test_a_request_has_converses_shape_and_its_images_as_bytes(client, bedrock, monkeypatch):
    """By botocore's own service model: whatever the agent's side sends, AWS would take."""
    sent = []
    monkeypatch.setattr(client, "converse", lambda **given: sent.append(given) or ANSWER)
    bedrock.call(CONVERSE, FULL, None, 20.0)
    shape = client.meta.service_model.operation_model("Converse").input_shape
    assert ParamValidator().validate(sent[0], shape).generate_report() == ""
    assert sent[0]["messages"][0]["content"][0]["image"]["source"]["bytes"] == b"\x89PNG"
    assert set(FULL) <= set(shape.members)
    assert set(CONVERSE.arguments) <= set(shape.members)


def test_binary_fields_of_an_answer_are_base64(stub, call):
    content = [{"reasoningContent": {"redactedContent": b"\x00\xff"}}, {"text": "Hello"}]
    stub.add_response("converse", {**ANSWER, "output": {"message": {"role": "assistant", "content": content}}})
    redacted = call()["output"]["message"]["content"][0]["reasoningContent"]["redactedContent"]
    assert base64.b64decode(redacted) == b"\x00\xff"


ERRORS = [
    ("ThrottlingException", 429, Busy),
    ("ModelNotReadyException", 429, Busy),
    ("ServiceUnavailableException", 503, Unreachable),
    ("ModelTimeoutException", 408, OutcomeUnknown),
    ("InternalServerException", 500, OutcomeUnknown),
    ("ModelErrorException", 424, OutcomeUnknown),
    ("AccessDeniedException", 403, ConfigurationError),
    ("ResourceNotFoundException", 404, ConfigurationError),
    ("ValidationException", 400, Refused),
    ("SomethingNewException", 418, OutcomeUnknown),
]


@pytest.mark.parametrize(("code", "status", "kind"), ERRORS, ids=[code for code, _, _ in ERRORS])
def test_an_error_of_bedrock_is_mapped_by_what_happens_next(stub, call, code, status, kind):
    """Its message may quote the prompt, so only its code is passed on."""
    stub.add_client_error("converse", code, SECRET, http_status_code=status)
    with pytest.raises(kind, match=code) as raised:
        call()
    assert type(raised.value) is kind
    assert "4242" not in str(raised.value)


@pytest.mark.parametrize(
    "said",
    [
        "Input is too long for requested model.",
        "prompt is too long: 212000 tokens",
        "exceeds the context length",
    ],
)
def test_a_prompt_that_is_too_long_is_refused_with_that_reason(stub, call, said):
    stub.add_client_error("converse", "ValidationException", said)
    with pytest.raises(PermanentError, match="the prompt is too long for the model"):
        call()


BROKEN = [
    (EndpointConnectionError(endpoint_url="x"), 20, Unreachable),
    (ReadTimeoutError(endpoint_url="x"), 20, OutcomeUnknown),
    (ReadTimeoutError(endpoint_url="x"), 1, OutOfTime),
    (NoCredentialsError(), 20, ConfigurationError),
    (ResponseParserError("not JSON"), 20, OutcomeUnknown),
    (AttributeError("a list where an object should be"), 20, OutcomeUnknown),
]


@pytest.mark.parametrize(("error", "seconds", "kind"), BROKEN, ids=[type(one[0]).__name__ for one in BROKEN])
def test_a_call_without_an_answer_says_whether_it_was_made(client, call, monkeypatch, error, seconds, kind):
    """What may have been paid for is not the same as what never left."""

    def fail(**_):
        raise error

    monkeypatch.setattr(client, "converse", fail)
    with pytest.raises(kind) as raised:
        call(seconds=seconds)
    assert type(raised.value) is kind


NONSENSE = {
    "empty": {},
    "no usage": {name: value for name, value in ANSWER.items() if name != "usage"},
    "negative usage": {**ANSWER, "usage": {"inputTokens": -1, "outputTokens": 5, "totalTokens": 4}},
    "usage of words": {**ANSWER, "usage": {"inputTokens": "ten", "outputTokens": 5}},
    "no message": {**ANSWER, "output": {}},
    "no stop reason": {name: value for name, value in ANSWER.items() if name != "stopReason"},
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_answer(client, call, monkeypatch, answer):
    """What it used is unknown, so its reservation stays charged; the agent's side never sees it."""
    monkeypatch.setattr(client, "converse", lambda **_: answer)
    with pytest.raises(OutcomeUnknown, match="without a message, a stop reason or its usage"):
        call()


@pytest.mark.parametrize("reason", ["guardrail_intervened", "content_filtered", "max_tokens"])
def test_a_filtered_answer_is_an_answer_that_says_so(stub, call, reason):
    stub.add_response("converse", {**ANSWER, "stopReason": reason})
    assert call()["stopReason"] == reason


def test_a_request_of_another_shape_is_refused_by_its_place_alone(stub, call):
    stub.add_response("converse", ANSWER)
    with pytest.raises(Refused) as raised:
        call(request(messages=[{"role": "user", "content": [{"text": [SECRET]}]}]))
    assert "messages[0].content[0].text" in str(raised.value)
    assert "4242" not in str(raised.value)


def test_bytes_that_are_not_base64_are_refused(stub, call):
    image = {"image": {"format": "png", "source": {"bytes": "%%%"}}}
    with pytest.raises(Refused, match="not base64"):
        call(request(messages=[{"role": "user", "content": [image]}]))


def test_a_call_with_too_little_time_is_not_made(call):
    with pytest.raises(RetryableError, match="too few"):
        call(seconds=0.2)


@pytest.mark.parametrize(("left", "waits"), [(0.9, 1), (7.8, 7), (12.3, 10), (119.0, 115)])
def test_the_client_waits_no_longer_than_the_event_has(client, monkeypatch, left, waits):
    asked = []
    monkeypatch.setattr(client, "converse", lambda **_: ANSWER)
    Bedrock(Prices(MANIFEST), lambda seconds: asked.append(seconds) or client).call(CONVERSE, request(), None, left)
    assert asked == [waits]


def test_claude_is_counted_and_its_profiles_model_is_what_counts(stub, bedrock):
    prompt = {"messages": request()["messages"]}
    asked = {"modelId": "anthropic.claude-haiku-4-5-20251001-v1:0", "input": {"converse": prompt}}
    stub.add_response("count_tokens", {"inputTokens": 1_000}, asked)
    most = bedrock.most(CONVERSE, request(HAIKU), 20.0)
    assert most == Spend(1, 1_100, 1_650)  # 1000 x 1.10 + 100 x 5.50, in millionths


def test_without_a_count_the_bytes_are_the_bound(stub, bedrock):
    stub.add_client_error("count_tokens", "ThrottlingException")
    most = bedrock.most(CONVERSE, request(HAIKU), 20.0)
    assert 1_000 + 100 + len(SECRET) < most.tokens < 1_400
    assert bedrock.most(CONVERSE, request(NOVA), 20.0).tokens == most.tokens  # it has no CountTokens at all


def test_a_cache_that_is_written_is_reserved_at_its_dearest(stub, bedrock):
    for _ in range(2):
        stub.add_response("count_tokens", {"inputTokens": 1_000})
    cached = request(HAIKU, system=[{"text": "x"}, {"cachePoint": {"type": "default", "ttl": "1h"}}])
    assert bedrock.most(CONVERSE, request(HAIKU), 20.0).microdollars == 1_650
    assert bedrock.most(CONVERSE, cached, 20.0).microdollars == 2_750  # 1000 x 2.20 + 100 x 5.50


def test_what_was_used_is_priced_by_kind(bedrock):
    usage = {
        "inputTokens": 100,
        "outputTokens": 10,
        "totalTokens": 1_110,
        "cacheReadInputTokens": 600,
        "cacheWriteInputTokens": 400,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 300}, {"ttl": "5m", "inputTokens": 100}],
    }
    used = bedrock.used(CONVERSE, request(HAIKU), {**ANSWER, "usage": usage})
    # 100 x 1.10 + 10 x 5.50 + 600 x 0.11 + 100 x 1.375 + 300 x 2.20 = 1028.5, rounded up
    assert used.spend == Spend(1, 1_110, 1_029)
    assert used.tokens == {
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_read_tokens": 600,
        "cache_write_tokens": 400,
    }
    assert used.stopped == "end_turn"


UNBOUNDED = {
    "no largest answer": (request(inferenceConfig={}), "needs inferenceConfig.maxTokens"),
    "a largest answer of zero": (request(inferenceConfig={"maxTokens": 0}), "needs inferenceConfig.maxTokens"),
    "a limit of the model's own": (request(additionalModelRequestFields={"max_tokens": 9}), "has max_tokens"),
    "a tool at Bedrock": (request(toolConfig={"tools": [{"systemTool": {"name": "web"}}]}), "outside the gate"),
    "a video": (request(messages=[{"role": "user", "content": [{"video": {}}]}]), "nothing limits the tokens of video"),
    "an image in S3": (
        request(
            messages=[
                {
                    "role": "user",
                    "content": [{"image": {"format": "png", "source": {"s3Location": {"uri": "s3://a/b"}}}}],
                }
            ]
        ),
        "has its bytes",
    ),
}


@pytest.mark.parametrize(("arguments", "reason"), UNBOUNDED.values(), ids=UNBOUNDED)
def test_what_nothing_limits_is_refused_before_the_call(bedrock, arguments, reason):
    with pytest.raises(PermanentError, match=reason):
        bedrock.most(CONVERSE, arguments, 20.0)


def test_a_model_without_a_price_is_refused_and_says_where_to_give_one(bedrock):
    with pytest.raises(
        ConfigurationError, match='no price for model acme.model-1; give one in cdk.json: "prices": {"b'
    ):
        bedrock.most(CONVERSE, request("acme.model-1"), 20.0)


def test_a_prompt_beyond_what_the_price_covers_is_refused(stub, bedrock):
    """It would cost more than is known here."""
    stub.add_response("count_tokens", {"inputTokens": 200_001})
    with pytest.raises(PermanentError, match="known for up to 200000"):
        bedrock.most(CONVERSE, request("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), 20.0)


def test_the_settings_price_replaces_the_manifests():
    given = '{"amazon.nova-lite-v1:0": {"input": "1", "output": "2", "checked": "2026-11-01"}}'
    made = Bedrock(Prices(MANIFEST, given), lambda seconds: None)
    assert made.used(CONVERSE, request(), ANSWER).spend.microdollars == 20
