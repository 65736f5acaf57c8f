"""What a record leaves out, and that nothing is left out twice."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.manifests.recorded import Recorded
from functions.core.platform.errors import ManifestError
from functions.core.recording.redaction import CARD, CREDENTIAL, EMAIL, PHONE, REDACTED, redacted

SCRUBBED = Recorded()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ada.lovelace+x@mail.example.org.", f"write to {EMAIL}."),
        ("call +49 (0)30 1234567 now", f"call {PHONE} now"),
        ("call 555-123-4567 or (555) 123-4567", f"call {PHONE} or {PHONE}"),
        ("Tel. 030 1234567", f"Tel. {PHONE}"),
        ("card 4242 4242 4242 4242, exp", f"card {CARD}, exp"),
        ("4242424242424242", CARD),
        ("key sk_live_0123456789abcdef", f"key {CREDENTIAL}"),
        ("Authorization: Bearer abcdefghijklmnopqrstuv", f"Authorization: {CREDENTIAL}"),
        ("xoxb-123456789012-abc", CREDENTIAL),
        ("AKIAIOSFODNN7EXAMPLE", CREDENTIAL),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", CREDENTIAL),
    ],
)
def test_a_text_is_scrubbed_of_what_has_the_form_of_a_secret_or_a_person(text, found):
    assert redacted(text, SCRUBBED) == found


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-21T13:35:00.000000Z",
        "2026-09-21 13:35:00",
        "ch_3PExample000000000000001",
        "stripe:customer/cus_Example42",
        "1790000100123",
        "4242 4242 4242 4243",
        "zendesk:ticket/35436 at 12.50 EUR",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "score 0.61 (amount 0.6), held from 0.5",
    ],
)
def test_ids_times_amounts_and_numbers_stay(text):
    """A record without them would explain nothing."""
    assert redacted(text, SCRUBBED) == text


def test_a_declared_path_is_redacted_also_in_each_item_of_a_list():
    value = {"customer": {"name": "Ada", "city": None}, "items": [{"name": "a", "id": 1}, {"id": 2}], "total": 3}
    found = redacted(value, Recorded(redact=["customer.name", "customer.city", "items.name", "total", "gone.deep"]))
    assert found == {
        "customer": {"name": REDACTED, "city": None},
        "items": [{"name": REDACTED, "id": 1}, {"id": 2}],
        "total": REDACTED,
    }


def test_a_member_that_is_named_as_a_secret_is_redacted_whatever_it_holds():
    value = {"api_key": "plain", "x-auth-token": "plain", "max_tokens": 5, "token": "", "tokens_used": "7"}
    assert redacted(value, SCRUBBED) == {**value, "api_key": CREDENTIAL, "x-auth-token": CREDENTIAL}


def test_without_scrub_only_signed_tokens_and_declared_paths_are_taken_out(make_grant):
    value = {"mail": "ada@example.org", "proposal": make_grant("stripe:charge/ch_1"), "name": "Ada"}
    found = redacted(value, Recorded(redact=["name"], scrub=False))
    assert (found["mail"], found["name"]) == ("ada@example.org", REDACTED)
    assert "eyJ" not in found["proposal"]


@given(JSON, st.lists(st.sampled_from(["a", "a.b", "items.x"]), max_size=2))
@settings(max_examples=60, deadline=None)
def test_redacting_twice_changes_nothing(value, paths):
    """So a call can be found by its redacted arguments."""
    once = redacted(value, Recorded(redact=paths))
    assert redacted(once, Recorded(redact=paths)) == once


@pytest.mark.parametrize("letter", ["a", "1", "+", "-", " 1", "@", "0 ", "a.", "eyJ", "1-"])
def test_a_long_hostile_text_takes_no_long_time(letter):
    """The time of no pattern grows with the square of the text's length."""
    began = time.process_time()
    redacted(letter * 60_000, SCRUBBED)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("wrong", [{"redact": "name"}, {"redact": [""]}, {"redact": [1]}, {"scrub": "yes"}])
def test_a_malformed_declaration_is_refused(wrong):
    with pytest.raises(ManifestError, match="recorded"):
        Recorded(**wrong)
