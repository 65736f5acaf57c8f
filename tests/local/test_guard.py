"""What a web page in the operator's browser can send to the running stack, played without a browser."""

import http.client
import stat
from urllib.parse import urlsplit

import pytest

from hookline.local.control import HEADER, control_file, control_token
from hookline.local.stack import LocalStack

pytestmark = pytest.mark.local

FORM = "text/plain;charset=UTF-8"
# The emulator does not verify the root's signature, so a page could write such an address without knowing any secret.
LIST_QUEUES = (
    "Action=ListQueues&Version=2012-11-05&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    "&X-Amz-Credential=test/20260101/us-east-1/sqs/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=604800"
)
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Content-Type": FORM}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}


def ask(
    url: str, method: str = "POST", body: str = "", headers: dict[str, str] | None = None
) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {})
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def addresses(stack: LocalStack) -> list[str]:
    """An address of each kind: an AWS call, a webhook, a control route, a provider's API, the sandbox's control."""
    return [
        f"{stack.emulator.endpoint}/?{LIST_QUEUES}",
        f"{stack.url}/webhooks/stripe",
        f"{stack.emulator.endpoint}/_ministack/reset",
        f"{stack.sandboxes.urls['stripe']}/v1/refunds",
        f"{stack.sandboxes.url}/_sandbox/stripe/state",
    ]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", EVIL),
        ("POST", {"Origin": "null", "Content-Type": FORM}),
        ("GET", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", {"Host": "rebound.example:4566"}),
        ("OPTIONS", PREFLIGHT),
    ],
    ids=["no-cors form post", "sandboxed frame", "image", "rebound name", "preflight"],
)
def test_a_page_of_another_site_reaches_nothing(stack: LocalStack, method: str, headers: dict[str, str]) -> None:
    token = {HEADER: control_token(stack.state)}
    responses = [ask(url, method, headers={**token, **headers}) for url in addresses(stack)]
    assert [response.status for response in responses] == [403] * len(responses)
    assert not [name for r in responses for name in r.headers if name.lower().startswith("access-control-")]
    assert stack.client("cloudformation").describe_stacks(StackName="hookline-ingress")["Stacks"], "nothing is reset"


@pytest.mark.parametrize("headers", [{}, {HEADER: "1"}], ids=["no token", "another token"])
def test_a_control_route_needs_the_stacks_token(stack: LocalStack, headers: dict[str, str]) -> None:
    for path in ("/_ministack/reset", "/_ministack/config", "/_ministack/sqs/messages"):
        assert ask(stack.emulator.endpoint + path, headers=headers).status == 403
    state = f"{stack.sandboxes.url}/_sandbox/stripe/state"
    assert ask(state, "GET", headers=headers).status == 403
    assert ask(state, "GET", headers={HEADER: control_token(stack.state)}).status == 200


def test_a_program_is_answered_and_without_cors_headers(stack: LocalStack) -> None:
    aws, webhook = addresses(stack)[:2]
    answers = [ask(aws, "GET"), ask(webhook)]
    assert [answer.status for answer in answers] == [403, 401], "an AWS API needs the stack's own root key"
    assert stack.client("sqs").list_queues()["QueueUrls"]
    assert not [name for answer in answers for name in answer.headers if name.lower().startswith("access-control-")]


def test_the_files_of_secrets_are_this_users_alone(stack: LocalStack) -> None:
    files = [stack.state / name for name in ("control", "root-key", "secrets.json", "credentials.json")]
    assert control_file(stack.state) in files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(stack.state.stat().st_mode) == 0o700
