"""The verifier's Lambda handler: an HTTP API request of payload format 2.0 in, an answer out."""

import base64
import time

import pytest

from functions.core.ingress.claims import Claims
from functions.core.platform.environment import VerifierEnvironment
from hookline.testing.signing import sign

SECRET = "whsec_a_secret_of_these_tests"
BODY = b'{"id": "evt_1", "type": "customer.created", "created": 1790000001}'
URL = "https://hooks.example.test/webhooks/stripe"


@pytest.fixture
def load(load_handler, dynamodb, table, s3, sqs, eventbridge, grant_key):
    """The handler's module as deployed, with addresses enforced or not."""
    table("deliveries")
    s3.create_bucket(Bucket="bodies")

    def load(addresses: str = "unknown", signing: str = SECRET):
        environment = VerifierEnvironment(
            audit_queue_url="audit",
            source="stripe",
            public_url="https://hooks.example.test/",
            bus="bus",
            spill_queue_url="spill",
            deliveries_table="deliveries",
            bodies_bucket="bodies",
            signing_secret="signing",
            grant_key="grant",
            addresses=addresses,
        )
        secrets = {"signing": signing, "grant": grant_key}
        clients = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "events": eventbridge}
        return load_handler("functions.core.ingress.handlers.verifier", environment, secrets, **clients)

    return load


def request(body: bytes = BODY, headers: dict | None = None, encoded: bool = False, **changes) -> dict:
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": headers or {},
        "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.7"}},
        "body": text,
        "isBase64Encoded": encoded,
        **changes,
    }


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("body", [BODY, b"", '{"name": "é"}'.encode()], ids=["body", "empty", "letters"])
def test_the_body_is_byte_for_byte_what_was_sent(load, body, encoded):
    """API Gateway hands it over as text or in base64."""
    assert load().delivery_of(request(body, encoded=encoded)).body == body


def test_a_body_that_is_no_text_comes_in_base64(load):
    """Compressed, for instance."""
    assert load().delivery_of(request(b"\x1f\x8b\xff", encoded=True)).body == b"\x1f\x8b\xff"


@pytest.mark.parametrize("text", [None, "a"])
def test_a_body_that_is_not_there_or_no_base64_is_empty(load, text):
    """Then its signature does not fit, and that is all."""
    assert load().delivery_of(request(body=b"", encoded=True) | {"body": text}).body == b""


@pytest.mark.parametrize(("query", "url"), [("", URL), ("a=1&b=%20&a=2", f"{URL}?a=1&b=%20&a=2")])
def test_the_url_is_the_public_one_with_the_query_as_received(load, query, url):
    """Some providers sign it, byte for byte."""
    assert load().delivery_of(request(rawQueryString=query)).url == url


def test_header_names_are_in_lower_case(load):
    """However they were sent."""
    assert load().delivery_of(request(headers={"Stripe-Signature": "T=1"})).headers == {"stripe-signature": "T=1"}


def test_the_address_is_api_gateways_own_word(load):
    """Not what the sender says of itself."""
    spoofed = {"x-forwarded-for": "3.18.12.63", "forwarded": "for=3.18.12.63"}
    delivery = load().delivery_of(request(headers=spoofed))
    assert (delivery.address, delivery.method) == ("192.0.2.7", "POST")


def signed(body: bytes = BODY, **changes) -> dict:
    """A request that Stripe would send at this moment; the handler's clock is the real one."""
    made = sign("stripe", method="POST", url=URL, headers={}, body=body, secret=SECRET, now=time.time())
    return request(body, made, **changes)


def test_a_good_delivery_is_answered_200_and_is_on_the_bus(load, eventbridge, lambda_context, capsys):
    """Through all parts together."""
    answer = load().handler(signed(), lambda_context)
    assert (answer["statusCode"], answer["body"]) == (200, "")
    assert eventbridge.types == ["stripe.unmapped"]


def test_an_unsigned_delivery_is_answered_with_one_word(load, eventbridge, lambda_context):
    """As plain text that no browser takes for anything else."""
    answer = load().handler(request(), lambda_context)
    assert answer == {
        "statusCode": 401,
        "headers": {"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"},
        "body": "MissingSignature",
    }
    assert eventbridge.events == []


def test_a_signing_secret_that_cannot_verify_is_503(load, lambda_context):
    """A blank one would let anybody in, so nothing is taken."""
    answer = load(signing='{"new": " "}').handler(signed(), lambda_context)
    assert answer["statusCode"] == 503


@pytest.mark.parametrize(("address", "status"), [("3.18.12.63", 200), ("192.0.2.7", 401)])
def test_where_addresses_are_enforced_the_manifests_count_until_a_list_is_published(
    load, lambda_context, address, status
):
    """A stranger is refused even with a good signature."""
    context = {"http": {"method": "POST", "sourceIp": address}}
    answer = load("enforced").handler(signed(requestContext=context), lambda_context)
    assert answer["statusCode"] == status


def test_the_published_list_takes_the_place_of_the_manifests(load, dynamodb, lambda_context):
    """As soon as there is one."""
    module = load("enforced")
    module.PublishedLists(dynamodb, "deliveries").put("stripe", ["192.0.2.0/24"], 0)
    assert module.handler(signed(), lambda_context)["statusCode"] == 200


def test_an_operator_can_have_a_body_read_again(load, s3, eventbridge, lambda_context):
    """What was set aside becomes an event after all; its provider's signature was checked when it came."""
    module = load()
    address = module.bodies.quarantine("stripe", BODY, {}, None, "mistaken")
    key = address.removeprefix("s3://bodies/")
    assert module.handler({"redrive": key}, lambda_context) == {"new": 1}
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_1"]
    assert Claims(module.aws.client("dynamodb"), "deliveries").claim("stripe:evt_1", 0) == "published"
