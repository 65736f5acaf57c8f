"""Large and compressed bodies."""

import gzip
import json

import pytest

from functions.core.ingress.outbox import RAW_LIMIT
from functions.core.ingress.receive import Answer
from tests.unit.ingress.receive.deliveries import BODY, OK, objects


@pytest.mark.parametrize(("filling", "aside"), [(RAW_LIMIT - 400, False), (RAW_LIMIT, True), (900_000, True)])
def test_a_raw_body_over_the_limit_travels_by_reference(make_verifier, signed, s3, eventbridge, filling, aside):
    """The event itself always fits on the bus."""
    body = json.dumps({**BODY, "filling": "x" * filling}, ensure_ascii=False).encode()
    assert make_verifier().receive(signed(body)) == OK
    raw = eventbridge.events[0]["raw"]
    assert ("ref" in raw, "body" in raw) == (aside, not aside)
    assert len(eventbridge.batches[0][0]["Detail"].encode()) < 1_000_000
    if aside:
        assert raw == {"type": "charge.succeeded", "ref": "s3://bodies/events/stripe:evt_1.json"}
        assert json.loads(objects(s3)["events/stripe:evt_1.json"])["filling"] == "x" * filling


GZIP = {"content-encoding": "gzip"}


def test_a_compressed_body_is_read_after_its_signature(make_verifier, signed, eventbridge):
    """Which is over the bytes that were sent."""
    packed = gzip.compress(json.dumps(BODY).encode())
    assert make_verifier().receive(signed(packed, headers=GZIP)) == OK
    assert eventbridge.events[0]["raw"]["body"] == BODY


def test_a_compressed_body_may_not_grow_over_the_cap(make_verifier, signed, eventbridge):
    """A small delivery cannot fill the memory."""
    packed = gzip.compress(b" " * 5_000_000)
    assert make_verifier().receive(signed(packed, headers=GZIP)) == Answer(413, "BodyTooLarge")
    assert eventbridge.events == []


@pytest.mark.parametrize("bytes", [b"not gzip", gzip.compress(b"{}")[:-4]], ids=["no gzip", "cut"])
def test_a_signed_body_that_is_no_gzip_is_400_and_set_aside(make_verifier, signed, s3, bytes):
    """As everything is that was signed and cannot be read."""
    assert make_verifier().receive(signed(bytes, headers=GZIP)) == Answer(400, "UnreadableBody")
    assert len(objects(s3)) == 1


def test_another_compression_is_415(make_verifier, signed):
    """Only gzip is taken."""
    assert make_verifier().receive(signed(headers={"content-encoding": "br"})) == Answer(415, "UnknownEncoding")
