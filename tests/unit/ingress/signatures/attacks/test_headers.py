"""Signature headers that are malformed, missing, sent twice, old or not the one that counts."""

import hashlib
import hmac

import pytest

from functions.core.platform.errors import MalformedSignature, MissingSignature, SignatureMismatch, WebhookRejected
from hookline.testing.signing import schemes, verify
from tests.unit.ingress.signatures.attacks.deliveries import (
    BODY,
    IN_HEADERS,
    NOW,
    SECRET,
    SHARED,
    WHSEC,
    delivery,
    unsigned,
    with_header,
)


@pytest.mark.parametrize("junk", ["é", "sha256=é", "t=1,v1=é", "v1,é", "\ud800", "\x00", "Basic é", "a\r\nb"])
@pytest.mark.parametrize("source", IN_HEADERS)
def test_a_non_ascii_signature_header_is_a_401(source: str, junk: str) -> None:
    good = unsigned()
    with pytest.raises(MalformedSignature) as rejected:
        verify(source, **good, headers={schemes()[source].header: junk})
    assert rejected.value.status == 401


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("github", "sha256="),
        ("github", "sha256=zz"),
        ("github", "sha256=abc"),
        ("github", "sha1=" + "0" * 40),
        ("github", "SHA256=" + "0" * 64),
        ("github", "sha256=" + "0 " * 32),
        ("stripe", "v1=" + "0" * 64),
        ("stripe", f"t={NOW}"),
        ("stripe", f"t={NOW},v0=" + "0" * 64),
        ("shopify", "AAAA AAAA"),
        ("shopify", "AAA"),
        ("shopify", "AAAA\u2028"),
        ("shopify", "-_-_"),
    ],
)
def test_a_signature_header_of_another_make_is_malformed(source: str, value: str) -> None:
    with pytest.raises(MalformedSignature):
        verify(source, **with_header(source, schemes()[source].header, value))


def test_a_cut_signature_does_not_match() -> None:
    good = delivery("github")
    for length in (2, 32, 62):
        header = {"x-hub-signature-256": good["headers"]["x-hub-signature-256"][: 7 + length]}
        with pytest.raises(SignatureMismatch):
            verify("github", **good | {"headers": header})


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("source", IN_HEADERS)
def test_no_signature_header_is_a_rejection(source: str, value: str | None) -> None:
    headers = {} if value is None else {schemes()[source].header: value}
    with pytest.raises(MissingSignature):
        verify(source, **unsigned(), headers=headers)


@pytest.mark.parametrize(
    ("source", "secret", "header"),
    [
        ("slack", SECRET, "x-slack-request-timestamp"),
        ("zoom", SECRET, "x-zm-request-timestamp"),
        ("zendesk", SECRET, "x-zendesk-webhook-signature-timestamp"),
        ("hubspot", SECRET, "x-hubspot-request-timestamp"),
        ("openai", WHSEC, "webhook-timestamp"),
        ("openai", WHSEC, "webhook-id"),
    ],
)
def test_a_header_that_is_signed_must_be_there(source: str, secret: str, header: str) -> None:
    good = delivery(source, secret)
    without = {name: value for name, value in good["headers"].items() if name != header}
    for headers in (without, without | {header: " "}):
        with pytest.raises(MissingSignature):
            verify(source, **good | {"headers": headers})


@pytest.mark.parametrize(
    ("source", "secret", "joined"),
    [
        ("stripe", SECRET, "{good},v1=" + "0" * 64),
        ("stripe", SECRET, "v1=" + "0" * 64 + ",{good}"),
        ("calendly", SECRET, "{good},v1=" + "0" * 64),
        ("pagerduty", SECRET, "v1=" + "0" * 64 + ",{good}"),
        ("pagerduty", SECRET, "v2=later,{good}"),
        ("paddle", SECRET, "{good};h1=" + "0" * 64),
        ("openai", WHSEC, "v1," + "A" * 43 + "= {good}"),
        ("openai", WHSEC, "{good} v2,unknown v1,"),
    ],
)
def test_a_foreign_signature_beside_a_good_one_is_ignored_in_a_list(source: str, secret: str, joined: str) -> None:
    header = schemes()[source].header
    good = delivery(source, secret)["headers"][header]
    assert verify(source, **with_header(source, header, joined.format(good=good), secret))


@pytest.mark.parametrize(
    ("source", "secret", "joined"),
    [
        *(
            (source, SECRET, "{good},{good}")
            for source in SHARED
            if not schemes()[source].several and source != "mailgun"
        ),
        ("openai", WHSEC, "{good},{good}"),
        ("gitlab", "token", "{good},{good}"),
        ("chargebee", "user:pass", "{good},{good}"),
    ],
)
def test_a_header_sent_twice_is_rejected_if_the_scheme_has_no_lists(source: str, secret: str, joined: str) -> None:
    good = delivery(source, secret)
    header = next(name for name in ("x-gitlab-token", schemes()[source].header) if name in good["headers"])
    joined = joined.format(good=good["headers"][header])
    with pytest.raises(WebhookRejected):
        verify(source, **with_header(source, header, joined, secret))


def test_a_header_of_countless_signatures_is_not_worked_through() -> None:
    good = delivery("stripe")["headers"]["stripe-signature"]
    with pytest.raises(MalformedSignature):
        verify("stripe", **with_header("stripe", "stripe-signature", good + ",v1=00" * 5_000))


@pytest.mark.parametrize("control", ["\t", "\n", "\x00", "\x7f"])
@pytest.mark.parametrize(
    ("source", "secret", "header", "spoilt"),
    [
        ("stripe", SECRET, "stripe-signature", "{good},later={control}"),
        ("openai", WHSEC, "webhook-signature", "{good} v2,{control}"),
        ("github", SECRET, "x-hub-signature-256", "{good}{control}"),
        ("github", SECRET, "x-github-delivery", "{control}"),
        ("slack", SECRET, "x-slack-request-timestamp", "{good}{control}"),
        ("zendesk", SECRET, "x-zendesk-webhook-signature", "{good}{control}"),
        ("zendesk", SECRET, "x-zendesk-webhook-signature-timestamp", "{good}{control}"),
        ("gitlab", "token", "x-gitlab-token", "{good}{control}"),
    ],
)
def test_a_control_character_is_malformed_wherever_it_stands(
    source: str, secret: str, header: str, spoilt: str, control: str
) -> None:
    """Headers are not searched for them as a whole: whatever reads one has to refuse them."""
    good = delivery(source, secret)["headers"].get(header)
    with pytest.raises(MalformedSignature):
        verify(source, **with_header(source, header, spoilt.format(good=good, control=control), secret))


def test_a_look_alike_of_a_header_name_is_another_header() -> None:
    """The Kelvin sign becomes a plain k in lower case."""
    good = delivery("openai", WHSEC)
    headers = {name.replace("k", "\u212a"): value for name, value in good["headers"].items()}
    with pytest.raises(MissingSignature):
        verify("openai", **good | {"headers": headers})


def test_a_weaker_form_never_judges_a_delivery_that_has_the_strict_header() -> None:
    legacy = {"x-gitlab-token": "token"}
    rest = unsigned() | {"secrets": ["token", WHSEC]}
    assert verify("gitlab", **rest, headers=legacy).secret_index == 0
    forged = {"webhook-id": "x", "webhook-timestamp": str(NOW)}
    for strict, rejection in (
        ("v1," + "A" * 43 + "=", SignatureMismatch),
        ("nonsense", MalformedSignature),
        ("", MissingSignature),
    ):
        with pytest.raises(rejection):
            verify("gitlab", **rest, headers=legacy | forged | {"Webhook-Signature": strict})


def test_old_signature_headers_are_not_looked_at() -> None:
    sha1 = hmac.digest(SECRET.encode(), BODY, "sha1").hex()
    with pytest.raises(MissingSignature):
        verify("github", **unsigned(), headers={"x-hub-signature": f"sha1={sha1}"})
    with pytest.raises(MalformedSignature):
        verify("jira", **unsigned(), headers={"x-hub-signature": f"sha1={sha1}"})
    old = hashlib.sha256(SECRET.encode() + BODY).hexdigest()
    with pytest.raises(MissingSignature):
        verify("hubspot", **unsigned(), headers={"x-hubspot-signature": old})
