"""What `verify` promises for every scheme, shown over generated bodies, headers and secrets."""

import base64
import contextlib
import json
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.signature import SignatureScheme
from functions.core.platform.errors import (
    ConfigurationError,
    FutureTimestamp,
    MalformedSignature,
    SignatureMismatch,
    StaleTimestamp,
    UnreadableBody,
    WebhookRejected,
)
from hookline.testing.signing import check_secrets, prepare, schemes, sign, verify

NOW = 1_700_000_000.0
URL = "https://hooks.example.com/in?a=%2Fb&c=1"
STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=60)

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ECDSA = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
PEM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@dataclass(frozen=True)
class Sample:
    """A source as one of its forms is configured."""

    source: str
    secret: str = "s3cret"
    signing_secret: str = ""
    body: bytes = b'{"id":"evt_1"}'
    form: SignatureScheme | None = None

    def scheme(self) -> SignatureScheme:
        return self.form or schemes()[self.source]

    def sent(self, body: bytes | None = None, now: float = NOW, **changed: Any) -> dict[str, Any]:
        """The arguments by which `verify` accepts this."""
        secret = self.signing_secret or self.secret
        url, body = prepare(self.source, url=URL, body=self.body if body is None else body, secret=secret, now=now)
        headers = sign(self.source, method="POST", url=url, headers={}, body=body, secret=secret, now=now)
        return {
            "method": "POST",
            "url": url,
            "headers": headers,
            "body": body,
            "secrets": [self.secret],
            "now": NOW,
            **changed,
        }


STANDARD_PUBLIC = schemes()["standard_webhooks"].alternatives[0]
WHSEC = "whsec_" + text(bytes(range(24)))
WHPK = "whpk_" + text(ED25519.public_key().public_bytes_raw())
WHSK = "whsk_" + text(ED25519.private_bytes_raw())
P256 = text(ECDSA.public_key().public_bytes(*DER))

# The secrets of every other source, of yours too, by the format of its key: what verifies, and what signs.
SECRETS = {
    "whsec": (WHSEC,),
    "whpk": (WHPK, WHSK),
    "der": (P256, ECDSA.private_bytes(*PEM).decode()),
    "user:password": ("user:pass",),
}
SPECIAL = {
    "standard_webhooks": [
        Sample("standard_webhooks", WHSEC),
        Sample("standard_webhooks", WHPK, WHSK, form=STANDARD_PUBLIC),
        Sample("standard_webhooks", WHPK, ED25519.private_bytes(*PEM).decode(), form=STANDARD_PUBLIC),
    ],
    "gitlab": [Sample("gitlab", WHSEC), Sample("gitlab", "token", form=schemes()["gitlab"].alternatives[0])],
    "pipedrive": [Sample("pipedrive", "user:päss:word")],
    "microsoft_graph": [Sample("microsoft_graph", body=b'{"value":[{"id":1},{"id":2}]}')],
    "twilio": [Sample("twilio"), Sample("twilio", body=b"Body=Hello%20there&From=%2B1")],
}
SAMPLES = [
    sample
    for source, scheme in schemes().items()
    for sample in SPECIAL.get(source, [Sample(source, *SECRETS.get(scheme.key, ()))])
]
samples = st.sampled_from(SAMPLES)
SIGNED_BODY = [sample for sample in SAMPLES if "{body}" in sample.scheme().signs]
PLAIN = [sample for sample in SIGNED_BODY if sample.source != "linear"]  # any bytes can be their body
HEADERS = sorted(
    {
        place
        for scheme in schemes().values()
        for form in (scheme, *scheme.alternatives)
        for place in (form.header, form.timestamp, form.delivery_id)
        if isinstance(place, str)
    }
)
every = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.source)


@every
def test_what_sign_makes_verify_accepts(sample: Sample) -> None:
    verified = verify(sample.source, **sample.sent())
    scheme = sample.scheme()
    assert verified.secret_index == 0
    assert verified.signed_at == (None if scheme.timestamp is None else NOW)
    assert verified.delivery_id_signed == ("{id}" in scheme.signs)
    assert (verified.delivery_id is not None) == verified.delivery_id_signed


@given(sample=st.sampled_from(PLAIN), body=st.binary(max_size=200), now=st.integers(1, 10**10))
@STABLE
def test_any_bytes_at_any_time_make_the_round_trip(sample: Sample, body: bytes, now: int) -> None:
    assert verify(sample.source, **sample.sent(body, now) | {"now": now}).secret_index == 0


@given(data=st.data(), sample=st.sampled_from(SIGNED_BODY))
@STABLE
def test_a_body_with_one_byte_changed_is_rejected(data: st.DataObject, sample: Sample) -> None:
    sent = sample.sent()
    at = data.draw(st.integers(0, len(sent["body"]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != sent["body"][at]))
    sent["body"] = sent["body"][:at] + bytes([byte]) + sent["body"][at + 1 :]
    with pytest.raises(WebhookRejected):
        verify(sample.source, **sent)


@pytest.mark.parametrize("sample", PLAIN, ids=lambda sample: sample.source)
def test_a_body_with_a_byte_more_or_less_is_rejected(sample: Sample) -> None:
    sent = sample.sent()
    for body in (sent["body"] + b"\n", sent["body"][:-1], b" " + sent["body"], b""):
        with pytest.raises(SignatureMismatch):
            verify(sample.source, **{**sent, "body": body})


@given(data=st.data(), sample=st.sampled_from([s for s in SAMPLES if isinstance(s.scheme().header, str)]))
@STABLE
def test_a_signature_header_with_one_character_changed_is_rejected(data: st.DataObject, sample: Sample) -> None:
    sent, header = sample.sent(), sample.scheme().header
    value = sent["headers"][header]
    # What is drawn does not depend on the signature: that of ECDSA is another one each time, of another length in hex.
    at = data.draw(st.integers(0, 10_000)) % len(value)
    # Hex may be written in either case.
    one, another = data.draw(st.lists(st.characters(), min_size=2, max_size=2, unique_by=str.lower))
    other = one if one.lower() != value[at].lower() else another
    sent["headers"][header] = value[:at] + other + value[at + 1 :]
    with pytest.raises(WebhookRejected):
        verify(sample.source, **sent)


@pytest.mark.parametrize("source", ["zendesk", "hubspot", "typeform", "shopify", "square", "twilio", "openai"])
def test_every_last_bit_of_a_base64_signature_counts(source: str) -> None:
    """Base64 of a digest ends in a character some of whose bits say nothing: the decoder must not drop them."""
    sample = next(one for one in SAMPLES if one.source == source)
    sent, header = sample.sent(), sample.scheme().header
    value = sent["headers"][header]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sent["headers"][header] = value[:-2] + alphabet[alphabet.index(value[-2]) ^ 1] + "="
    with pytest.raises(MalformedSignature):
        verify(source, **sent)


junk = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789abcdef=,;. v1tshaMW/+٣１ \t\x00\ud800", max_size=200),
    st.sampled_from(["t=1,t=2,v1=ab", "t=1700000000,v1=" + "a" * 64, "v1,v1a," + "A" * 88, "sha256=" + "0" * 64]),
    st.builds(
        lambda unit, times: unit * times, st.sampled_from(["v1=aa,", "v1,AA== ", "9", "é"]), st.integers(0, 5000)
    ),
)


@given(
    source=st.sampled_from(sorted(schemes())),
    method=st.text(max_size=8),
    url=st.one_of(st.text(max_size=40), st.sampled_from(["http://[", "https://h?bodySHA256=zz", "https://h:٣/"])),
    headers=st.dictionaries(
        st.one_of(st.sampled_from(HEADERS), st.sampled_from(HEADERS).map(str.title), st.text(max_size=20)), junk
    ),
    body=st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [b"[" * 20_000, b'{"value":[]}', b'{"value":[1,{"clientState":{}}]}', b"9" * 5000, b"a=%ff", b"a&b"]
        ),
    ),
    secrets=st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from([WHSEC, WHPK, P256, "u:p", "whsec_"])), max_size=3
    ),
    now=st.floats(),
    tolerance=st.one_of(st.none(), st.floats()),
)
@settings(STABLE, max_examples=300)
def test_nothing_but_a_verdict_comes_out_whatever_goes_in(source: str, **received: Any) -> None:
    try:
        assert isinstance(verify(source, **received), VerifiedDelivery)
    except WebhookRejected as rejection:
        assert rejection.status in (400, 401)


@given(data=st.data(), sample=samples)
@settings(STABLE, max_examples=200)
def test_a_good_delivery_with_one_spoilt_header_gets_a_verdict_and_no_crash(
    data: st.DataObject, sample: Sample
) -> None:
    sent = sample.sent()
    if sent["headers"]:
        sent["headers"][data.draw(st.sampled_from(sorted(sent["headers"])))] = data.draw(junk)
    with contextlib.suppress(WebhookRejected):
        assert isinstance(verify(sample.source, **sent), VerifiedDelivery)


@every
def test_another_secret_made_this(sample: Sample) -> None:
    others = {
        "whsec": "whsec_" + text(b"another key of 24 bytes."),
        "whpk": "whpk_" + text(ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key().public_bytes_raw()),
        "der": text(ec.derive_private_key(0xDECAF, ec.SECP256R1()).public_key().public_bytes(*DER)),
        "user:password": "user:other",
    }
    with pytest.raises(SignatureMismatch):
        verify(sample.source, **sample.sent(secrets=[others.get(sample.scheme().key, "other")]))


@every
def test_the_secret_that_matched_is_named_by_its_place(sample: Sample) -> None:
    assert verify(sample.source, **sample.sent(secrets=["", sample.secret])).secret_index == 1


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.scheme().timestamp is not None], ids=lambda sample: sample.source
)
def test_the_tolerance_holds_on_both_sides_of_the_signed_time(sample: Sample) -> None:
    tolerance, sent = sample.scheme().tolerance, sample.sent()
    for now in (NOW - tolerance, NOW + tolerance):
        assert verify(sample.source, **{**sent, "now": now}).signed_at == NOW
    with pytest.raises(StaleTimestamp):
        verify(sample.source, **{**sent, "now": NOW + tolerance + 1})
    with pytest.raises(FutureTimestamp):
        verify(sample.source, **{**sent, "now": NOW - tolerance - 1})
    assert verify(sample.source, **{**sent, "now": NOW + 1e6}, tolerance=None).signed_at == NOW
    with pytest.raises(StaleTimestamp):
        verify(sample.source, **{**sent, "now": NOW + 3}, tolerance=2)


def test_the_default_tolerances_are_the_providers_own() -> None:
    own = {source: scheme.tolerance for source, scheme in schemes().items() if scheme.tolerance not in (None, 300)}
    assert own == {"linear": 60, "calendly": 180, "paddle": 30}


@every
def test_headers_are_found_in_any_case(sample: Sample) -> None:
    sent = sample.sent()
    for spell in (str.title, str.upper):
        headers = {spell(header): value for header, value in sent["headers"].items()}
        assert verify(sample.source, **{**sent, "headers": headers})


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("github", "X-GitHub-Delivery"),
        ("zendesk", "X-Zendesk-Webhook-Invocation-Id"),
        ("shopify", "X-Shopify-Webhook-Id"),
        ("linear", "Linear-Delivery"),
        ("sentry", "Request-ID"),
        ("jira", "X-Atlassian-Webhook-Identifier"),
        ("razorpay", "x-razorpay-event-id"),
    ],
)
def test_a_delivery_id_beside_the_signature_is_reported_as_unsigned(source: str, header: str) -> None:
    sent = Sample(source).sent()
    sent["headers"][header] = "72d3162e-cc78"
    verified = verify(source, **sent)
    assert (verified.delivery_id, verified.delivery_id_signed) == ("72d3162e-cc78", False)


@pytest.mark.parametrize("sample", SPECIAL["standard_webhooks"])
def test_svix_names_are_the_same_scheme(sample: Sample) -> None:
    sent = sample.sent()
    headers = {name.replace("webhook-", "svix-"): value for name, value in sent["headers"].items()}
    assert verify("standard_webhooks", **{**sent, "headers": headers}).delivery_id_signed


@pytest.mark.parametrize("body", [b"{}", b"not json", b'{"webhookTimestamp":true}', b'{"webhookTimestamp":"soon"}'])
def test_a_signed_linear_body_without_its_time_is_unreadable(body: bytes) -> None:
    headers = sign("linear", method="POST", url=URL, headers={}, body=body, secret="s", now=NOW)
    with pytest.raises(UnreadableBody):
        verify("linear", method="POST", url=URL, headers=headers, body=body, secrets=["s"], now=NOW)


def test_hubspot_decodes_only_what_hubspot_lists() -> None:
    """The documented table has %2F and %3A, and not %20; `Sample`'s own URL shows that the two spellings agree."""
    sent = Sample("hubspot").sent()
    assert verify("hubspot", **{**sent, "url": URL.replace("%2F", "/")})
    assert verify("hubspot", **{**sent, "url": URL.replace("%2F", "%2f")})
    sent = Sample("hubspot").sent()
    with pytest.raises(SignatureMismatch):
        verify("hubspot", **{**sent, "url": URL.replace("%2F", "%20")})


@every
def test_good_secrets_pass_the_check(sample: Sample) -> None:
    check_secrets(sample.source, [sample.secret, sample.secret])


@pytest.mark.parametrize(
    ("source", "secrets", "reason"),
    [
        ("stripe", [], "at least one secret"),
        ("stripe", "whsec_whole", "a list"),
        ("stripe", ["good", " \t"], "secret 2 of stripe is blank"),
        ("stripe", ["hush-hush\n"], "white space"),
        ("openai", ["hush-hush"], "is not whsec_… in base64"),
        ("openai", ["whsec_hush-hush"], "is not whsec_… in base64"),
        ("standard_webhooks", ["hush-hush"], "whsec_… in base64 and is not whpk_…"),
        ("standard_webhooks", ["whpk_aHVzaA=="], "is not a key for ed25519"),
        ("sendgrid", ["hush-hush"], "is not base64"),
        ("sendgrid", [text(ED25519.public_key().public_bytes(*DER))], "is not a key for ecdsa-p256-sha256"),
        ("sendgrid", [WHPK], "is not base64"),
        ("chargebee", ["hush-hush"], "is not user:password"),
        ("chargebee", ["hush-hush:"], "is not user:password"),
        ("gitlab", ["whsec_hush-hush"], "is a Standard Webhooks key"),
    ],
)
def test_an_invalid_secret_fails_at_the_start_and_is_not_quoted(source: str, secrets: list[str], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as refused:
        check_secrets(source, secrets)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("source", "secret"),
    [("stripe", " "), ("openai", "hush"), ("sendgrid", P256), ("sendgrid", WHSK)],
)
def test_sign_refuses_what_it_cannot_sign_with_and_does_not_quote_it(source: str, secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        sign(source, method="POST", url=URL, headers={}, body=b"", secret=secret, now=NOW)
    assert secret == " " or secret not in str(refused.value)


def test_sign_takes_the_id_it_is_given_then_the_one_in_the_headers() -> None:
    rest = {"method": "POST", "url": URL, "body": b"{}", "now": NOW}
    for source, secret, header in (("github", "s", "x-github-delivery"), ("openai", WHSEC, "webhook-id")):
        given = sign(source, headers={header.title(): "old"}, secret=secret, delivery_id="new", **rest)
        kept = sign(source, headers={header.title(): "old"}, secret=secret, **rest)
        assert (given[header], kept[header]) == ("new", "old")
    assert "x-github-delivery" not in sign("github", headers={}, secret="s", **rest)


def test_prepare_puts_the_signature_where_the_provider_keeps_it() -> None:
    rest = {"url": URL, "secret": "s", "now": NOW}
    mailgun = json.loads(prepare("mailgun", body=b'{"event-data":{"id":"e"}}', delivery_id="tok", **rest)[1])
    assert (mailgun["event-data"], mailgun["signature"]["token"]) == ({"id": "e"}, "tok")
    assert json.loads(prepare("linear", body=b"{}", **rest)[1]) == {"webhookTimestamp": 1_700_000_000_000}
    assert prepare("twilio", body=b"{}", **rest)[0].startswith(f"{URL}&bodySHA256=44136fa3")
    assert prepare("stripe", body=b"any", **rest) == (URL, b"any")
    with pytest.raises(ValueError, match="no place"):
        prepare("mailgun", body=b"[]", **rest)
