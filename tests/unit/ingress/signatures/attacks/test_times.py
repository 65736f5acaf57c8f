"""The time of a signature: tolerance on both sides, one form, and the one that was signed."""

import pytest

from functions.core.platform.errors import (
    FutureTimestamp,
    MalformedSignature,
    MissingSignature,
    SignatureMismatch,
    StaleTimestamp,
)
from hookline.testing.signing import schemes, verify
from tests.unit.ingress.signatures.attacks.deliveries import BODY, NOW, SECRET, delivery, mac, with_header


@pytest.mark.parametrize("source", ["stripe", "calendly", "paddle", "slack", "hubspot", "zendesk", "linear", "mailgun"])
def test_the_time_is_checked_on_both_sides(source: str) -> None:
    good, tolerance = delivery(source), schemes()[source].tolerance
    with pytest.raises(StaleTimestamp):
        verify(source, **good | {"now": NOW + tolerance + 1})
    with pytest.raises(FutureTimestamp):
        verify(source, **good | {"now": NOW - tolerance - 1})


@pytest.mark.parametrize("now", [float("nan"), float("inf"), float("-inf")])
def test_a_broken_clock_accepts_nothing(now: float) -> None:
    with pytest.raises((StaleTimestamp, FutureTimestamp)):
        verify("stripe", **delivery("stripe", now=now))


NOT_A_TIME = [
    "-1",
    "+1",
    "1e9",
    "1.5",
    "0x10",
    "1_000",
    " 5",
    "5 ",
    "soon",
    "NaN",
    "9" * 16,
    "9" * 5_000,
    "",
    "١٢٣",
    "１２",
]


@pytest.mark.parametrize("stamp", NOT_A_TIME)
def test_a_well_signed_time_that_is_not_plain_digits_is_rejected(stamp: str) -> None:
    signature = mac(SECRET.encode(), f"{stamp}.".encode() + BODY)
    for header in (f"t={stamp},v1={signature}", f"v1={signature},t={stamp}"):
        with pytest.raises(MalformedSignature):
            verify("stripe", **delivery("stripe", headers={"stripe-signature": header}))
    signature = mac(SECRET.encode(), f"v0:{stamp}:".encode() + BODY)
    headers = {"x-slack-signature": f"v0={signature}", "x-slack-request-timestamp": stamp}
    with pytest.raises((MalformedSignature, MissingSignature)):
        verify("slack", **delivery("slack", headers=headers))


@pytest.mark.parametrize(
    "stamp",
    [
        str(NOW),
        "2023-11-14",
        "2023-11-14T22:13:20",
        "2023-11-14 22:13:20Z",
        "20231114T221320Z",
        "2023-W46-2T22:13:20Z",
        "2023-13-14T22:13:20Z",
        "2023-11-14T25:13:20Z",
        "0001-01-01T00:00:00+99:99",
        "２０２３-11-14T22:13:20Z",
    ],
)
def test_a_zendesk_time_has_one_form(stamp: str) -> None:
    name = "x-zendesk-webhook-signature-timestamp"
    with pytest.raises(MalformedSignature):
        verify("zendesk", **with_header("zendesk", name, stamp))


@pytest.mark.parametrize("order", ["t={now},t={old},v1={v1}", "t={old},t={now},v1={v1}", "t={now},v1={v1},t={now}"])
def test_a_second_time_in_the_header_is_rejected(order: str) -> None:
    v1 = delivery("stripe")["headers"]["stripe-signature"].partition("v1=")[2]
    header = order.format(now=NOW, old=NOW - 9_999, v1=v1)
    with pytest.raises(MalformedSignature):
        verify("stripe", **with_header("stripe", "stripe-signature", header))


def test_the_time_is_the_one_that_was_signed() -> None:
    v1 = delivery("stripe")["headers"]["stripe-signature"].partition("v1=")[2]
    with pytest.raises(SignatureMismatch):
        verify("stripe", **with_header("stripe", "stripe-signature", f"t={NOW + 1},v1={v1}"))
