"""What a signature covers: the exact bytes, the configured URL, the delivery's id."""

import hmac
import json

import pytest

from functions.core.ingress.signatures.encodings import ENCODERS
from functions.core.platform.errors import MalformedSignature, MissingSignature, SignatureMismatch, WebhookRejected
from hookline.testing.signing import schemes, sign, verify
from tests.unit.ingress.signatures.attacks.deliveries import (
    BODY,
    NOW,
    SECRET,
    SHARED,
    URL,
    WHSEC,
    delivery,
    unsigned,
    with_header,
)


@pytest.mark.parametrize(
    ("source", "body", "rejection"),
    [
        ("mailgun", b"{}", MissingSignature),
        ("mailgun", b'{"signature":[]}', MissingSignature),
        ("mailgun", b'{"signature":{"signature":"ab"}}', MissingSignature),
        ("mailgun", b"[" * 20_000, MalformedSignature),
        ("mailgun", b'{"signature":{"timestamp":' + b"9" * 5_000, MalformedSignature),
        ("microsoft_graph", b'{"value":[]}', MissingSignature),
        ("microsoft_graph", b'{"value":{"clientState":"s3cret"}}', MissingSignature),
        ("microsoft_graph", b'{"value":[{"clientState":"s3cret"},{}]}', MalformedSignature),
        ("microsoft_graph", b'{"value":[{"clientState":"s3cret"},{"clientState":"x"}]}', MalformedSignature),
        ("microsoft_graph", b'{"value":[{"clientState":"x"}]}', SignatureMismatch),
    ],
)
def test_a_body_without_the_signature_that_belongs_in_it_is_a_rejection(
    source: str, body: bytes, rejection: type[WebhookRejected]
) -> None:
    with pytest.raises(rejection):
        verify(source, **unsigned() | {"body": body}, headers={})


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1}\r\n', b'{"a":1}\n', b'{ "a":1 }', b"\xef\xbb\xbf{}", b'{"a":"\\u00e9"}', b"\xff\x00", b"\r\n"],
)
def test_the_exact_bytes_received_are_what_is_signed(body: bytes) -> None:
    good = delivery("stripe", body=body)
    assert verify("stripe", **good)
    for other in (body.strip(), body.replace(b"\r\n", b"\n"), body.replace(b" ", b""), body + b"\n"):
        if other != body:
            with pytest.raises(SignatureMismatch):
                verify("stripe", **good | {"body": other})


def test_reserialized_json_is_not_what_was_signed() -> None:
    good = delivery("stripe", body=b'{"b":1.0,"a":"caf\\u00e9"}')
    with pytest.raises(SignatureMismatch):
        verify("stripe", **good | {"body": json.dumps(json.loads(good["body"])).encode()})


@pytest.mark.parametrize("source", ["square", "hubspot", "twilio"])
def test_only_the_configured_url_counts_and_never_the_host_header(source: str) -> None:
    good = delivery(source)
    lies = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-original-url": "/other"}
    assert verify(source, **good | {"headers": good["headers"] | lies})
    with pytest.raises(SignatureMismatch):
        verify(source, **good | {"url": good["url"].replace("hooks.", "evil.")})


def test_githubs_delivery_id_is_marked_as_unsigned() -> None:
    replayed = [verify("github", **with_header("github", "X-GitHub-Delivery", name)) for name in ("one", "two")]
    assert [copy.delivery_id for copy in replayed] == ["one", "two"]
    assert not any(copy.delivery_id_signed for copy in replayed)


@pytest.mark.parametrize("blank", [None, "", " "])
@pytest.mark.parametrize("source", [name for name in SHARED if isinstance(schemes()[name].delivery_id, str)])
def test_a_delivery_without_an_id_has_none_rather_than_an_empty_one(source: str, blank: str | None) -> None:
    sent = delivery(source) if blank is None else with_header(source, schemes()[source].delivery_id, blank)
    assert verify(source, **sent).delivery_id is None


@pytest.mark.parametrize("identity", ["é", "a" * 300, "a\nb"])
def test_an_id_that_no_provider_would_send_is_rejected(identity: str) -> None:
    with pytest.raises(MalformedSignature):
        verify("github", **with_header("github", "x-github-delivery", identity))


def test_the_signed_string_cannot_be_cut_elsewhere() -> None:
    """`a.1.2.{}` is signed for the id `a.1` as well as for the time 1, unless ids with dots are refused."""
    good = delivery(
        "openai",
        WHSEC,
        headers=sign(
            "openai", method="POST", url=URL, headers={}, body=BODY, secret=WHSEC, now=NOW, delivery_id=f"a.{NOW}"
        ),
    )
    with pytest.raises(MalformedSignature):
        verify("openai", **good)


def test_a_twilio_body_that_its_url_does_not_vouch_for_is_rejected() -> None:
    good = delivery("twilio", body=b'{"a":1}')
    bare = delivery("twilio", body=b"")["headers"]
    for url, body, rejection in (
        (good["url"], b'{"a":2}', SignatureMismatch),
        (URL, b'{"a":1}', MalformedSignature),
        (URL, b"a=%ff", MalformedSignature),
        (URL, b"a", MalformedSignature),
    ):
        with pytest.raises(rejection):
            verify("twilio", **good | {"url": url, "body": body, "headers": bare})


def test_a_well_signed_twilio_url_with_two_digests_of_the_body_is_rejected() -> None:
    url = delivery("twilio", body=b"{}")["url"] + "&bodySHA256=" + "0" * 64
    signature = ENCODERS["base64"](hmac.digest(SECRET.encode(), url.encode(), "sha1"))
    with pytest.raises(SignatureMismatch):
        verify("twilio", **unsigned() | {"url": url, "body": b"{}"}, headers={"x-twilio-signature": signature})
