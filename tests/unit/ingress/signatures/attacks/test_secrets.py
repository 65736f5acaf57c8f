"""Secrets that are blank, public or of another kind; comparison in constant time; nothing secret in an error."""

import hmac
import traceback

import pytest

from functions.core.ingress.signatures import algorithms, signed_request
from functions.core.ingress.signatures.encodings import ENCODERS
from functions.core.platform.errors import ConfigurationError, SignatureMismatch, WebhookRejected
from hookline.testing.signing import check_secrets, schemes, verify
from tests.unit.ingress.signatures.attacks.deliveries import (
    BODY,
    NOW,
    SHARED,
    URL,
    WHPK,
    WHSEC,
    delivery,
    mac,
    unsigned,
)


@pytest.mark.parametrize("source", SHARED)
def test_signatures_are_compared_as_bytes_in_constant_time(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared, good = [], delivery(source)

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((type(one), type(other)))
        return hmac.compare_digest(one, other)

    class Spy:
        new, digest, compare_digest = hmac.new, hmac.digest, staticmethod(compare)

    monkeypatch.setattr(algorithms, "hmac", Spy)
    monkeypatch.setattr(signed_request, "hmac", Spy)
    assert verify(source, **good)
    assert compared
    assert set(compared) == {(bytes, bytes)}


@pytest.mark.parametrize("secrets", [[], [""], [" "], ["\n"], ["", "  "]])
@pytest.mark.parametrize("source", sorted(schemes()))
def test_an_empty_or_blank_secret_fails_at_the_start_and_never_verifies(source: str, secrets: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        check_secrets(source, secrets)
    forged = {
        "stripe-signature": f"t={NOW},v1={mac(b'', f'{NOW}.'.encode() + BODY)}",
        "x-hub-signature-256": f"sha256={mac(b'', BODY)}",
        "x-gitlab-token": " ",
        "authorization": "Basic Og==",
    }
    with pytest.raises(WebhookRejected):
        verify(source, method="POST", url=URL, headers=forged, body=BODY, secrets=secrets, now=NOW)


@pytest.mark.parametrize("key", [b"", b" "])
def test_an_empty_key_cannot_be_used_even_by_who_guesses_it(key: bytes) -> None:
    forged = {"x-hub-signature-256": f"sha256={mac(key, BODY)}"}
    with pytest.raises(SignatureMismatch):
        verify("github", **delivery("github", headers=forged, secrets=[key.decode()]))


def test_a_string_of_secrets_is_not_a_list_of_letters() -> None:
    forged = {"x-hub-signature-256": f"sha256={mac(b's', BODY)}"}
    with pytest.raises(SignatureMismatch):
        verify("github", **delivery("github", headers=forged, secrets="s3cret"))


def test_a_signing_key_is_no_token() -> None:
    with pytest.raises(SignatureMismatch):
        verify("gitlab", **unsigned() | {"secrets": [WHSEC]}, headers={"x-gitlab-token": WHSEC})


@pytest.mark.parametrize("key", [WHPK.encode(), WHPK.removeprefix("whpk_").encode()])
def test_a_public_key_is_never_taken_for_a_shared_secret(key: bytes) -> None:
    digest = hmac.digest(key, f"x.{NOW}.".encode() + BODY, "sha256")
    for version in ("v1", "v1a"):
        signature = f"{version},{ENCODERS['base64'](digest)}"
        headers = {"webhook-id": "x", "webhook-timestamp": str(NOW), "webhook-signature": signature}
        with pytest.raises(SignatureMismatch):
            verify("standard_webhooks", **unsigned() | {"secrets": [WHPK]}, headers=headers)


@pytest.mark.parametrize("source", ["stripe", "openai", "sendgrid", "chargebee", "mailgun"])
def test_no_rejection_holds_a_secret_a_signature_or_the_body(source: str) -> None:
    marks = {"secret": "whsec_SECRET", "signature": "SIGNATURE", "body": b'{"signature":{"signature":"BODY"}}'}
    for header in (f"t={NOW},v1=SIGNATURE", "v1,SIGNATURE", "Basic SIGNATURE", "SIGNATUREé"):
        headers = {row.header: header for row in schemes().values() if isinstance(row.header, str)}
        headers |= {"webhook-id": "SIGNATURE", "webhook-timestamp": "SIGNATURE"}
        rest = unsigned() | {"secrets": [marks["secret"]], "body": marks["body"]}
        with pytest.raises(WebhookRejected) as rejected:
            verify(source, **rest, headers=headers)
        said = "".join(traceback.format_exception_only(rejected.value))
        assert not any(word in said for word in ("SECRET", "SIGNATURE", "BODY"))
        assert rejected.value.__cause__ is None
        assert rejected.value.__context__ is None or rejected.value.__suppress_context__
