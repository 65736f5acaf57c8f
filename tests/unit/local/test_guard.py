"""The guard of the local stack's servers: which requests a browser could send for another site's page."""

import asyncio

import pytest
from botocore.exceptions import ClientError

from functions.providers.stripe.sandbox import Stripe
from hookline.local.control import control_token
from hookline.local.emulator import Emulator
from hookline.local.guard import control_refusal, credential_refusal, guarded, holds, refusal
from hookline.local.sandbox import Sandboxes
from hookline.local.sandbox_server import SandboxServer

PORT, TOKEN = 4566, "token"
OWN = ("Host", "127.0.0.1:4566")
FORM = ("Content-Type", "text/plain")
CONTROL = ("X-Hookline-Control", TOKEN)
ROOT = "ROOT0123456789"


def signed(key, start="AWS4-HMAC-SHA256 Credential="):
    """The header that an AWS SDK sends; the guard leaves the signature to the emulator."""
    scope = "20260101/us-east-1/sqs/aws4_request"
    return ("Authorization", f"{start}{key}/{scope}, SignedHeaders=host, Signature=0")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", [OWN]),
        ("POST", [("host", "localhost:4566")]),
        ("GET", [("Host", "LocalHost:4566")]),
        ("GET", [("Host", "[::1]:4566")]),
        ("GET", [OWN, ("Sec-Fetch-Site", "none")]),
        ("GET", [OWN, ("Sec-Fetch-Site", "same-origin")]),
        ("POST", [OWN, ("Origin", "http://127.0.0.1:4566"), ("Sec-Fetch-Site", "same-origin")]),
        ("POST", [OWN, ("Origin", "null"), ("Sec-Fetch-Site", "same-origin")]),  # the form of a review's page
        ("POST", [OWN, ("sec-fetch-mode", "cors")]),  # Node's fetch sends it
        ("OPTIONS", [OWN]),
    ],
)
def test_a_program_and_the_servers_own_page_pass(method, headers):
    assert refusal(method, headers, PORT) is None


@pytest.mark.parametrize(
    ("method", "headers", "reason"),
    [
        ("POST", [], "Host"),
        ("POST", [("Host", "rebound.example:4566")], "Host"),
        ("POST", [("Host", "rebound.example")], "Host"),
        ("POST", [("Host", "127.0.0.1")], "Host"),
        ("POST", [("Host", "127.0.0.1:80")], "Host"),
        ("POST", [("Host", "127.0.0.1:4566.rebound.example")], "Host"),
        ("POST", [("Host", "localhost.rebound.example:4566")], "Host"),
        ("POST", [("Host", "bucket.localhost:4566")], "Host"),
        ("POST", [OWN, ("Host", "rebound.example:4566")], "Host"),
        ("POST", [OWN, OWN], "Host"),
        ("POST", [OWN, FORM, ("Origin", "https://evil.example")], "origin"),
        ("POST", [OWN, FORM, ("Origin", "null")], "origin"),
        ("POST", [OWN, FORM, ("Origin", "null"), ("Sec-Fetch-Site", "none")], "origin"),
        ("POST", [OWN, FORM, ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")], "site"),
        ("POST", [OWN, FORM, ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")], "origin"),
        ("POST", [OWN, FORM, ("Origin", "")], "origin"),
        ("POST", [OWN, ("Origin", "http://127.0.0.1:3000")], "origin"),
        ("POST", [OWN, ("Origin", "https://127.0.0.1:4566")], "origin"),
        ("POST", [OWN, ("Origin", "http://127.0.0.1:4566"), ("Origin", "https://evil.example")], "origin"),
        ("GET", [OWN, ("Sec-Fetch-Site", "cross-site")], "site"),
        ("GET", [OWN, ("Sec-Fetch-Site", "same-site")], "site"),
        ("GET", [OWN, ("SEC-FETCH-SITE", "unheard-of")], "site"),
        ("OPTIONS", [OWN, ("Access-Control-Request-Method", "POST")], "cross-origin"),
    ],
)
def test_what_a_page_of_another_site_can_send_is_refused(method, headers, reason):
    said = refusal(method, headers, PORT)
    assert said and reason in said and "\n" not in said


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_localstack/health", "/health"])
@pytest.mark.parametrize("sent", [[], [("X-Hookline-Control", "1")], [("X-Hookline-Control", "")], [CONTROL, CONTROL]])
def test_a_control_route_needs_the_token(path, sent):
    assert control_refusal(path, [OWN, *sent], TOKEN)
    assert control_refusal(path, [OWN, CONTROL], TOKEN) is None


@pytest.mark.parametrize("path", ["/", "/_aws/execute-api/a1/$default/webhooks/stripe", "/bucket/key", "/healthy"])
def test_webhooks_and_aws_calls_need_no_token(path):
    assert control_refusal(path, [OWN], TOKEN) is None


@pytest.mark.parametrize("key", [ROOT, "ASIA0123456789ABCDEF", "AKIA0123456789ABCDEF"])
def test_the_stacks_root_and_sessions_may_call_aws_apis(key):
    """The emulator verifies a session's signature."""
    assert credential_refusal("/", "", [OWN, signed(key)], ROOT) is None


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([], ""),
        ([signed("test")], ""),
        ([signed("000000000000")], ""),
        ([signed("")], ""),
        ([signed(ROOT.lower())], ""),
        ([signed(f"{ROOT}0")], ""),
        ([signed(ROOT), signed("test")], ""),
        ([signed(ROOT, "AWS4-HMAC-SHA256 x Credential=")], ""),
        ([("Authorization", f"AWS {ROOT}:0")], ""),
        ([("Authorization", f"Bearer {ROOT}")], ""),
        ([], f"X-Amz-Credential={ROOT}/20260101/us-east-1/sqs/aws4_request"),
        ([signed(ROOT)], "X-Amz-Credential=test/20260101/us-east-1/sqs/aws4_request"),
        ([signed(ROOT)], "X-Amz%2DCredential="),
        ([signed(ROOT)], "AWSAccessKeyId=test"),
    ],
)
def test_no_other_credential_may_call_an_aws_api(headers, query):
    """The emulator takes any signature of several well-known names of its root, and of none."""
    assert credential_refusal("/", query, [OWN, *headers], ROOT)


@pytest.mark.parametrize("rest", ["", "/", "/x", "//x"])
def test_what_only_looks_like_an_http_api_needs_a_credential(rest):
    """The emulator routes it to an AWS API, by its headers."""
    assert credential_refusal(f"/_aws/execute-api{rest}", "", [OWN, signed("test")], ROOT)


def test_an_http_api_takes_no_call_of_an_aws_api():
    headers = [OWN, ("X-Amz-Target", "secretsmanager.ListSecrets")]
    assert credential_refusal("/_aws/execute-api/a1/x", "", headers, ROOT)


def test_a_webhook_needs_no_credential():
    """Its provider's signature is what counts."""
    assert credential_refusal("/_aws/execute-api/a1/$default/webhooks/stripe", "", [OWN], ROOT) is None


def test_no_request_holds_an_empty_token():
    assert not holds("", "")
    assert not holds("\u00e9", TOKEN)


def test_what_the_operators_tool_itself_sends_passes(tmp_path):
    """boto3 as it calls the emulator, urllib as it calls the sandbox; this server has no SQS, so its answer is 404."""
    with SandboxServer([Stripe(lambda: 0)], control_token(tmp_path)) as server:
        sqs = Emulator(tmp_path, int(server.url.rpartition(":")[2]), 1, "").client("sqs")
        with pytest.raises(ClientError) as refused:
            sqs.list_queues()
        state = Sandboxes(tmp_path, 1, "", server.urls).control("GET", "/_sandbox/stripe/state")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert "charges" in state


def serve(scope):
    """The messages that a guarded application sends; the application itself allows every origin."""
    sent = []

    async def app(scope, receive, send):
        allowed = [(b"Access-Control-Allow-Origin", b"*"), (b"x-amzn-requestid", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": allowed})
        await send({"type": "http.response.body", "body": b"ok"})

    async def send(message):
        sent.append(message)

    asyncio.run(guarded(app, PORT, TOKEN, ROOT)(scope, None, send))
    return sent


def request(*headers, kind="http", path="/"):
    lines = [(name.lower().encode(), value.encode()) for name, value in headers]
    return {"type": kind, "method": "POST", "path": path, "headers": lines}


def test_an_answer_has_no_cors_headers():
    start, body = serve(request(OWN, signed(ROOT)))
    assert (start["status"], start["headers"], body["body"]) == (200, [(b"x-amzn-requestid", b"1")], b"ok")


@pytest.mark.parametrize(
    "refused",
    [
        request(("Host", "rebound.example:4566")),
        request(OWN, ("Origin", "https://evil.example")),
        request(OWN, path="/_ministack/reset"),
        request(OWN, signed(ROOT), path="/_ministack/reset"),
        request(OWN),
        request(OWN, signed("test")),
    ],
)
def test_a_refused_request_does_not_reach_the_application(refused):
    start, body = serve(refused)
    assert start["status"] == 403
    assert b"error" in body["body"]


def test_a_web_socket_of_another_origin_is_closed():
    socket = request(OWN, ("Origin", "https://evil.example"), kind="websocket")
    del socket["method"]
    assert serve(socket) == [{"type": "websocket.close"}]


def test_the_servers_own_start_is_not_a_request():
    assert serve({"type": "lifespan"})
