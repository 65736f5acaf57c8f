"""What the verifier refuses: signatures, times, addresses and sizes; and what it logs."""

import dataclasses
from ipaddress import ip_network

import pytest

from functions.core.ingress.receive import Answer
from functions.core.platform.canonical import digest
from functions.core.platform.errors import RetryableError
from tests.unit.ingress.receive.deliveries import OK, PAYMENT, SECRETS

GARBLED = {"stripe-signature": "t=1,v1=zz"}
REFUSED = {
    "no signature": (401, "MissingSignature", lambda delivery: {"headers": {}}),
    "a malformed signature": (401, "MalformedSignature", lambda delivery: {"headers": GARBLED}),
    "a changed body": (401, "SignatureMismatch", lambda delivery: {"body": delivery.body.replace(b"4200", b"4201")}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_signed_is_refused_and_never_an_event(make_verifier, signed, eventbridge, audit_queue, case):
    """With one word for the sender, and the body's digest on the trail."""
    status, word, change = REFUSED[case]
    delivery = signed()
    delivery = dataclasses.replace(delivery, **change(delivery))
    assert make_verifier().receive(delivery) == Answer(status, word)
    assert eventbridge.events == []
    record = audit_queue.records[0]
    assert (record["kind"], record["decision"]) == ("rejected", word)
    assert record["digests"] == {"body": digest(delivery.body)}


@pytest.mark.parametrize(("later", "word"), [(301, "StaleTimestamp"), (-301, "FutureTimestamp")])
def test_a_delivery_at_another_time_is_refused(make_verifier, signed, clock, eventbridge, later, word):
    """Outside the source's tolerance."""
    delivery = signed()
    clock.now += later
    assert make_verifier().receive(delivery) == Answer(401, word)
    assert eventbridge.events == []


def test_a_secret_that_was_set_a_moment_ago_needs_no_waiting(make_verifier, signed, eventbridge):
    """A signature that does not fit makes the verifier look once more; one that fits does not."""
    looks = []

    def secrets(refresh=False):
        looks.append(refresh)
        return SECRETS if refresh else {"old": SECRETS["old"]}

    verifier = make_verifier(secrets=secrets)
    assert verifier.receive(signed(secret=SECRETS["old"])) == OK
    assert looks == [False]
    assert verifier.receive(signed(id="evt_2", secret=SECRETS["new"])) == OK
    assert looks == [False, False, True]
    assert verifier.receive(signed(id="evt_3", secret="whsec_nobody_s")) == Answer(401, "SignatureMismatch")
    assert len(eventbridge.events) == 2


def test_a_secret_that_was_read_a_moment_ago_refuses_all_the_same(make_verifier, signed, audit_queue):
    """A flood of forgeries must not look like a failure of ours."""

    def secrets(refresh=False):
        if refresh:
            raise RetryableError("read again a moment ago")
        return SECRETS

    forged = signed(secret="whsec_nobody_s")
    assert make_verifier(secrets=secrets).receive(forged) == Answer(401, "SignatureMismatch")
    assert audit_queue.records[0]["decision"] == "SignatureMismatch"


def fail(*_):
    raise AssertionError("this must not be reached")


def test_an_oversized_body_is_413_before_anything_is_looked_at(make_verifier, signed, audit_queue):
    """No secret is read, nothing is hashed."""
    delivery = signed()
    size = len(delivery.body)
    verifier = make_verifier({"largest_body": size - 1}, secrets=fail)
    assert verifier.receive(delivery) == Answer(413, "BodyTooLarge")
    assert audit_queue.records[0]["digests"] == {}
    assert make_verifier({"largest_body": size}).receive(delivery) == OK


@pytest.mark.parametrize(
    ("block", "answer"), [("192.0.2.0/24", OK), ("198.51.100.0/24", Answer(401, "AddressNotAllowed"))]
)
def test_a_delivery_from_another_address_is_401(make_verifier, signed, block, answer):
    """Where the source's addresses are known."""
    assert make_verifier(networks=lambda: [ip_network(block)]).receive(signed()) == answer


def test_the_address_is_looked_at_before_the_secrets(make_verifier, signed):
    """Strangers cost nothing."""
    verifier = make_verifier(networks=lambda: [ip_network("198.51.100.0/24")], secrets=fail)
    assert verifier.receive(signed()) == Answer(401, "AddressNotAllowed")


def test_nothing_that_is_logged_holds_a_secret_a_signature_or_a_body(make_verifier, signed, logged, eventbridge, s3):
    """Neither for what is accepted nor for what is refused, kept or fails."""
    marked = {**PAYMENT, "card": "fp_hush"}
    verifier = make_verifier()
    sent = [signed(data=marked), signed(data=marked, secret="whsec_hush_another"), signed(b"hush, not json")]
    sent.append(signed(id="evt_2", data={**marked, "amount": "hush"}))
    for delivery in sent:
        verifier.receive(delivery)
    make_verifier(secrets=lambda refresh=False: {"new": ""}).receive(signed())
    eventbridge.refuses = "InternalFailure"
    verifier.receive(signed(id="evt_3", data=marked))
    text = logged()
    assert "stripe:evt_1" in text
    signatures = [part for delivery in sent for part in delivery.headers["stripe-signature"].split("v1=")[1:]]
    for secret in (*SECRETS.values(), "hush", *signatures):
        assert secret not in text
