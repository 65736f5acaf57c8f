"""Pings and handshakes are answered, and make no event."""

import json

import pytest

from functions.core.ingress.delivery import Delivery, Handshake
from functions.core.ingress.receive import Answer
from tests.unit.ingress.receive.deliveries import ADDRESS, OK, URL


class Handshakes:
    """A handshake that repeats the challenge of a body, and keeps how often it was asked."""

    def __init__(self, signed: bool) -> None:
        self.SIGNED = signed
        self.asked = 0

    def answer(self, delivery, secrets):
        self.asked += 1
        challenge = json.loads(delivery.body).get("challenge")
        return Handshake(challenge) if challenge else None


def test_a_ping_is_answered_and_makes_no_event(make_verifier, signed, eventbridge, audit_queue):
    """It says only that the endpoint works."""
    assert make_verifier({"pings": ["ping"], "address_check": "a ping"}).receive(signed(type="ping")) == OK
    assert eventbridge.events == []
    assert audit_queue.kinds == ["handshake"]


def test_an_unsigned_handshake_is_answered_before_the_signature(make_verifier, eventbridge, audit_queue):
    """The provider asks before it signs anything; it gets back what it asked for, and no event is made."""
    asked = Delivery("POST", URL, {}, b'{"challenge": "42"}', ADDRESS)
    assert make_verifier(handshakes=Handshakes(signed=False)).receive(asked) == Answer(200, "42")
    assert (eventbridge.events, audit_queue.kinds) == ([], ["handshake"])


def test_a_signed_handshake_is_answered_only_with_a_good_signature(make_verifier, signed):
    """Nobody else gets anything out of it."""
    handshakes = Handshakes(signed=True)
    verifier = make_verifier(handshakes=handshakes)
    forged = Delivery("POST", URL, {"stripe-signature": "t=1,v1=" + "0" * 64}, b'{"challenge": "42"}', ADDRESS)
    assert verifier.receive(forged) == Answer(401, "SignatureMismatch")
    assert handshakes.asked == 0
    assert verifier.receive(signed(b'{"challenge": "42"}')) == Answer(200, "42")


@pytest.mark.parametrize("signs", [True, False])
def test_a_delivery_that_is_no_handshake_is_published(make_verifier, signed, eventbridge, signs):
    """The handshakes has no answer to it."""
    assert make_verifier(handshakes=Handshakes(signs)).receive(signed()) == OK
    assert len(eventbridge.events) == 1
