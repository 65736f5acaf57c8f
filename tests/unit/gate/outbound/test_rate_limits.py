"""A rate limit that a provider reports with the status of a refusal, and what a refusal says."""

import pytest

from functions.core.gate.headers import limited, wait_of
from functions.core.gate.outbound import NO_CODE, _reason
from functions.core.manifests.rate_limit import RateLimit
from functions.core.platform.errors import ManifestError

NOW = 1_790_000_000.0
LIMIT = RateLimit(403, remaining="x-remaining", reset="x-reset", words="rate limit")


@pytest.mark.parametrize(
    ("status", "headers", "body", "is_limit"),
    [
        (429, {}, b"", True),
        (403, {}, b'{"message": "Resource not accessible"}', False),
        (403, {"x-remaining": "4999"}, b"", False),
        (403, {"x-remaining": "0"}, b"", True),
        (403, {"Retry-After": "7"}, b"", True),
        (403, {}, b'{"message": "You have exceeded a secondary Rate Limit."}', True),
        (404, {"x-remaining": "0"}, b"rate limit", False),
        (403, {}, b" " * 2_000 + b"rate limit", False),
    ],
)
def test_a_refusal_is_a_rate_limit_if_the_answer_says_so(status, headers, body, is_limit):
    """Only with the declared status."""
    assert limited(LIMIT, status, headers, body) is is_limit
    assert limited(None, status, headers, body) is (status == 429)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "x-remaining": "0", "x-reset": "1790000090"}, 7),
        ({"x-remaining": "0", "x-reset": "1790000090"}, 90),
        ({"x-remaining": "0", "x-reset": "1789999000"}, 1),  # our clock is ahead
        ({"x-remaining": "12", "x-reset": "1790000090"}, 60),
        ({"x-remaining": "0", "x-reset": "soon"}, 60),
        ({"x-remaining": "0", "x-reset": "9" * 40}, 60),
        ({"x-remaining": "0", "x-reset": "999999999999"}, None),
        ({}, 60),
    ],
)
def test_the_wait_is_what_the_provider_says(headers, seconds):
    """Else the declared one; absurd times count for nothing."""
    assert wait_of(LIMIT, headers, NOW) == seconds
    assert wait_of(None, {}, NOW) is None


@pytest.mark.parametrize(
    "wrong", [{"status": 500}, {"status": "403"}, {"remaining": " "}, {"reset": 1}, {"words": ""}, {"seconds": 0}]
)
def test_a_rate_limit_is_declared_whole(wrong):
    """Blank words would make every refusal one."""
    with pytest.raises(ManifestError, match="rate limit"):
        RateLimit(**{"status": 403, "remaining": "a", "reset": "b", "words": "c", **wrong})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"code": "expired_card"}}', "expired_card"),
        (b'{"errors": [{"field": "conclusion", "code": "missing"}]}', "conclusion missing"),
        (b'{"errors": [{"code": "too_large", "message": "what a customer wrote"}]}', "too_large"),
        (b'{"errors": [{"field": "what a customer wrote", "code": "custom"}]}', "custom"),
        (b'{"errors": ["what a customer wrote"]}', NO_CODE),
        (b'{"errors": []}', NO_CODE),
        (b'{"message": "what a customer wrote"}', NO_CODE),
        (b"[" * 100_000, NO_CODE),
    ],
)
def test_a_refusal_says_the_codes_and_no_message(body, said):
    """A message may quote what was sent."""
    assert _reason(body) == said
