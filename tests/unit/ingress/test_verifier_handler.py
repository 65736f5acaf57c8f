"""The verifier's Lambda handler: an HTTP API request of payload format 2.0 in, an answer out."""

import base64
import gzip
import json

import pytest

from functions.core.ingress.addresses import PublishedLists
from functions.core.ingress.bodies import Bodies, Quarantined
from functions.core.ingress.claims import Claims
from functions.core.ingress.request import delivery_of
from functions.core.manifests.source import MOST_BYTES
from functions.core.platform.environment import VerifierEnvironment
from hookline.testing.signing import sign

NOW = 1_790_000_100.0  # the time of the fixture `clock`
SECRET = "whsec_a_secret_of_these_tests"
BODY = b'{"id": "evt_1", "type": "customer.created", "created": 1790000001}'
URL = "https://hooks.example.test/webhooks/stripe"


@pytest.fixture
def load(start, dynamodb, table, s3, sqs, eventbridge, grant_key):
    """The handler as deployed, with addresses enforced or not."""
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
        return start("functions.core.ingress.handlers.verifier", environment, secrets, **clients)

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
def test_the_body_is_byte_for_byte_what_was_sent(body, encoded):
    """API Gateway hands it over as text or in base64."""
    assert delivery_of(request(body, encoded=encoded), URL).body == body


def test_a_body_that_is_no_text_comes_in_base64():
    """Compressed, for instance."""
    assert delivery_of(request(b"\x1f\x8b\xff", encoded=True), URL).body == b"\x1f\x8b\xff"


@pytest.mark.parametrize("text", [None, "a"])
def test_a_body_that_is_not_there_or_no_base64_is_empty(text):
    """Then its signature does not fit, and that is all."""
    assert delivery_of(request(body=b"", encoded=True) | {"body": text}, URL).body == b""


@pytest.mark.parametrize(("query", "url"), [("", URL), ("a=1&b=%20&a=2", f"{URL}?a=1&b=%20&a=2")])
def test_the_url_is_the_public_one_with_the_query_as_received(query, url):
    """Some providers sign it, byte for byte."""
    assert delivery_of(request(rawQueryString=query), URL).url == url


def test_header_names_are_in_lower_case():
    """However they were sent."""
    assert delivery_of(request(headers={"Stripe-Signature": "T=1"}), URL).headers == {"stripe-signature": "T=1"}


def test_the_address_is_api_gateways_own_word():
    """Not what the sender says of itself."""
    spoofed = {"x-forwarded-for": "3.18.12.63", "forwarded": "for=3.18.12.63"}
    delivery = delivery_of(request(headers=spoofed), URL)
    assert (delivery.address, delivery.method) == ("192.0.2.7", "POST")


def test_the_largest_body_of_a_source_fits_a_request_that_lambda_takes():
    """As base64, with the most headers that API Gateway takes, each character of which may need an escape."""
    most_headers = {"x-signature": '"' * 10_240}
    sent = json.dumps(request(b"a" * MOST_BYTES, most_headers, encoded=True))
    assert 5_500_000 < len(sent) < 6_000_000


def signed(body: bytes = BODY, **changes) -> dict:
    """A request that Stripe would send at this moment of the test's clock."""
    made = sign("stripe", method="POST", url=URL, headers={}, body=body, secret=SECRET, now=NOW)
    return request(body, made, **changes)


def test_a_good_delivery_is_answered_200_and_is_on_the_bus(load, eventbridge, lambda_context, capsys):
    """Through all parts together."""
    answer = load()(signed(), lambda_context)
    assert (answer["statusCode"], answer["body"]) == (200, "")
    assert eventbridge.types == ["stripe.unmapped"]


def test_gzip_that_the_api_hands_over_as_text_is_refused_and_in_base64_it_is_read(load, lambda_context):
    """As text, API Gateway has replaced the bytes that are no UTF-8, and with them what was signed."""
    packed, handler = gzip.compress(BODY, mtime=0), load()
    whole = signed(packed, encoded=True)
    whole["headers"]["content-encoding"] = "gzip"
    changed = {**whole, "body": packed.decode(errors="replace"), "isBase64Encoded": False}
    refused = handler(changed, lambda_context)
    assert (refused["statusCode"], refused["body"]) == (415, "UnknownEncoding")
    assert handler(whole, lambda_context)["statusCode"] == 200


def test_an_unsigned_delivery_is_answered_with_one_word(load, eventbridge, lambda_context):
    """As plain text that no browser takes for anything else."""
    answer = load()(request(), lambda_context)
    assert answer == {
        "statusCode": 401,
        "headers": {"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"},
        "body": "MissingSignature",
    }
    assert eventbridge.events == []


def test_a_signing_secret_that_cannot_verify_is_503(load, lambda_context):
    """A blank one would let anybody in, so nothing is taken."""
    answer = load(signing='{"new": " "}')(signed(), lambda_context)
    assert answer["statusCode"] == 503


@pytest.mark.parametrize(("address", "status"), [("3.18.12.63", 200), ("192.0.2.7", 401)])
def test_where_addresses_are_enforced_the_manifests_count_until_a_list_is_published(
    load, lambda_context, address, status
):
    """A stranger is refused even with a good signature."""
    context = {"http": {"method": "POST", "sourceIp": address}}
    answer = load("enforced")(signed(requestContext=context), lambda_context)
    assert answer["statusCode"] == status


def test_the_published_list_takes_the_place_of_the_manifests(load, dynamodb, lambda_context):
    """As soon as there is one."""
    handler = load("enforced")
    PublishedLists(dynamodb, "deliveries").put("stripe", ["192.0.2.0/24"], 0)
    assert handler(signed(), lambda_context)["statusCode"] == 200


def test_an_operator_can_have_a_body_read_again(load, s3, dynamodb, eventbridge, unaliased_context):
    """What was set aside becomes an event after all; its provider's signature was checked when it came."""
    address = Bodies(s3, "bodies").quarantine("stripe", Quarantined("mistaken", {}, None, BODY))
    key = address.removeprefix("s3://bodies/")
    assert load()({"redrive": key}, unaliased_context) == {"new": 1}
    assert [event["id"] for event in eventbridge.events] == ["stripe:evt_1"]
    assert Claims(dynamodb, "deliveries", lambda: "another").claim("stripe:evt_1", 0).state == "published"
