"""API Gateway: what a function receives of an HTTP request."""

import base64
import json
from collections.abc import Callable

import pytest

from hookline.local.emulator import Emulator
from tests.local.emulator.actor import Actor
from tests.local.emulator.http_post import send
from tests.local.emulator.resources import allow, arn

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def api(emulator: Emulator, make_actor: Callable[..., Actor]) -> str:
    """The id of an HTTP API whose one route invokes an actor, which echoes the event."""
    make_actor("web", allow("sqs:ListQueues", "*"))
    gateway = emulator.client("apigatewayv2")
    api = gateway.create_api(Name="hooks", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
        IntegrationUri=arn("lambda", "function:web"),
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="POST /hooks/{source}", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return api


def post(emulator: Emulator, api: str, body: bytes, **headers: str) -> dict:
    """The event that the function receives for a POST."""
    path = f"/_aws/execute-api/{api}/$default/hooks/stripe?a=1&a=2"
    status, text = send(emulator, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    assert status == 200, text
    return json.loads(text)


def body_of(event: dict) -> bytes:
    """The body of the request, decoded."""
    return base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"amount": 4200,\r\n "name": "Zoë \U0001f4b8"}\n'.encode()),
        ("application/x-www-form-urlencoded", b"a=%20&b=+&a="),
        ("application/octet-stream", bytes(range(256))),
    ],
    ids=["json", "form", "bytes"],
)
def test_a_body_reaches_the_function_byte_for_byte(emulator: Emulator, api: str, kind: str, body: bytes) -> None:
    event = post(emulator, api, body, Content_Type=kind)
    assert (event["version"], event["routeKey"]) == ("2.0", "POST /hooks/{source}")
    assert body_of(event) == body


def test_the_source_address_is_the_connections_whatever_the_headers(emulator: Emulator, api: str) -> None:
    event = post(emulator, api, b"{}", X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9")
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
