"""What was fetched is published under the id and the claim of its webhook, and says that nothing signed it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.claims import Claims
from functions.core.ingress.fetched import UNSIGNED, content_of, raw_events_of
from functions.core.platform.environment import VerifierEnvironment
from functions.core.platform.errors import Denied, UnreadableBody
from functions.core.platform.identities import RECONCILE
from functions.providers.hubspot.source import MANIFEST as HUBSPOT
from functions.providers.stripe.source import MANIFEST as STRIPE
from hookline.testing.signing import sign

BY = "stripe:event.list"
CREATED = {"eventId": 7, "subscriptionId": 1, "portalId": 33, "occurredAt": 1, "subscriptionType": "object.deletion"}
BODY = {"id": "evt_1", "type": "customer.created", "created": 1_790_000_001}
NOW = 1_790_000_100.0
SECRET = "whsec_a_secret_of_these_tests"


@pytest.fixture
def load(start, dynamodb, table, s3, sqs, eventbridge, grant_key, lambda_context):
    """Stripe's verifier as deployed, invoked by an alias."""
    table("deliveries")
    s3.create_bucket(Bucket="bodies")
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
        addresses="unknown",
    )
    secrets = {"signing": SECRET, "grant": grant_key}
    clients = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs, "events": eventbridge}
    handler = start("functions.core.ingress.handlers.verifier", environment, secrets, **clients)

    def invoke(payload: dict, alias: str = RECONCILE):
        arn = f"arn:aws:lambda:us-east-1:111122223333:function:verifier{':' if alias else ''}{alias}"
        lambda_context.invoked_function_arn = arn
        return handler(payload, lambda_context)

    return invoke


def delivery(body: bytes) -> dict:
    url = "https://hooks.example.test/webhooks/stripe"
    headers = sign("stripe", method="POST", url=url, headers={}, body=body, secret=SECRET, now=NOW)
    http = {"method": "POST", "sourceIp": "192.0.2.7"}
    return {"rawQueryString": "", "headers": headers, "requestContext": {"http": http}, "body": body.decode()}


def outcomes(said: dict) -> list[str]:
    return [one["outcome"] for one in said["outcomes"]]


def test_a_fetched_event_says_which_listing_returned_it_and_so_does_the_trail(load, eventbridge, sqs):
    """Nothing else of the event differs from its webhook's."""
    assert outcomes(load({"fetched": [BODY], "by": BY})) == ["published"]
    (event,) = eventbridge.events
    assert (event["id"], event["type"], event["reconciled"]) == ("stripe:evt_1", "stripe.unmapped", BY)
    assert event["grant"]
    (record,) = sqs.audited
    assert (record["kind"], record["decision"]) == ("published", "reconciled")
    assert record["reason"] == "fetched by stripe:event.list: no signature"


def test_a_later_webhook_of_a_fetched_event_is_a_duplicate_and_the_other_way_round(load, eventbridge):
    """One claim holds for both."""
    first, second = (b'{"id": "evt_%d", "type": "customer.created", "created": 1790000001}' % n for n in (1, 2))
    load({"fetched": [BODY], "by": BY})
    assert load(delivery(first), "")["body"] == "Duplicate"
    assert load(delivery(second), "")["body"] == ""
    assert outcomes(load({"fetched": [{**BODY, "id": "evt_2"}], "by": BY})) == ["duplicate"]
    assert [(event["id"], event.get("reconciled")) for event in eventbridge.events] == [
        ("stripe:evt_1", BY),
        ("stripe:evt_2", None),
    ]


def test_one_that_cannot_be_read_is_told_with_its_reason_and_stops_no_other(load, eventbridge, sqs):
    """Nor does one that a verifier has at this moment."""
    bad = {**BODY, "id": "evt_2", "type": "charge.failed", "data": {"object": {}}}
    said = load({"fetched": [bad, {**BODY, "id": None}, [], BODY], "by": BY})
    assert outcomes(said) == ["unreadable", "unreadable", "unreadable", "published"]
    assert all(one["reason"] for one in said["outcomes"][:3])
    assert [record["kind"] for record in sqs.audited] == ["rejected"] * 3 + ["published"]
    assert eventbridge.types == ["stripe.unmapped"]


def test_one_that_a_verifier_has_at_this_moment_is_left_to_it(load, dynamodb, clock, eventbridge):
    Claims(dynamodb, "deliveries", lambda: "another").claim("stripe:evt_1", clock.now)
    assert outcomes(load({"fetched": [BODY], "by": BY})) == ["in flight"]
    assert eventbridge.events == []


@pytest.mark.parametrize("alias", ["", "fraud", "service-reconcile-2"])
def test_nobody_else_can_have_a_body_published_without_a_signature(load, alias, eventbridge):
    """An operator may have kept bodies read again, and cannot bring one of their own."""
    with pytest.raises(Denied, match="no entrance"):
        load({"fetched": [BODY], "by": BY}, alias)
    assert eventbridge.events == []


def test_the_reconcile_service_cannot_have_a_kept_body_read_again(load):
    with pytest.raises(Denied, match="no entrance"):
        load({"redrive": "unreadable/stripe/a.json"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "created"]), inner),
    max_leaves=6,
)


@settings(max_examples=100)
@given(JSON, st.sampled_from([STRIPE, HUBSPOT]))
def test_whatever_was_fetched_has_ids_of_its_source_or_is_unreadable(body, source):
    """No value of the provider's breaks a run."""
    builder = EventBuilder(source, lambda _: None)
    try:
        ids = builder.ids(raw_events_of(body, source))
    except UnreadableBody:
        return
    assert len(ids) == 1
    assert all(not isinstance(id, str) or id.startswith(f"{source.name}:") for id in ids)


def test_a_fetched_event_has_the_id_that_its_webhook_would_get(make_event_id):
    """In a list too, whose items have ids of their own."""
    for source, body in ((STRIPE, BODY), (HUBSPOT, CREATED)):
        (id,) = EventBuilder(source, lambda _: None).ids(raw_events_of(body, source))
        assert id == make_event_id(source, body)


@pytest.fixture
def make_event_id():
    """The id of the event that a signed delivery of this body becomes."""

    def made(source, body) -> str:
        raw = raw_events_of(body, source)
        (event,) = EventBuilder(source, lambda _: None).events(raw, UNSIGNED, content_of(body, source), "k" * 32, NOW)
        return event.id

    return made
