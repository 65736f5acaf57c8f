"""Signed tokens: read back as signed, and refused after any change, by another key, or as another kind."""

import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.authority import tokens
from functions.core.authority.tokens import Kind, without_tokens
from functions.core.platform.errors import ConfigurationError, Denied

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=200)
KEY, OTHER = "a" * 32, "b" * 32
KINDS = get_args(Kind)
PAYLOAD = {"event": "stripe:evt_1", "note": "Größe", "expires": 2000}

kinds = st.sampled_from(KINDS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
payloads = st.dictionaries(st.text().filter(lambda name: name not in ("v", "expires")), json_values, max_size=4)
of_every_kind = pytest.mark.parametrize("kind", KINDS)


@given(kind=kinds, payload=payloads, expires=st.integers(1, 10**11), key=st.text(min_size=32, max_size=64))
@STABLE
def test_a_token_is_read_back_as_it_was_signed(kind, payload, expires, key):
    """Whatever it holds, and whatever the key is made of."""
    payload = {**payload, "expires": expires}
    assert tokens.read(kind, tokens.sign(kind, payload, key), [key], expires - 1) == payload


@given(kind=kinds, payload=payloads, data=st.data())
@STABLE
def test_any_change_of_any_byte_is_refused(kind, payload, data):
    """In the payload, in the MAC, and in the dot between them."""
    token = tokens.sign(kind, {**payload, "expires": 2000}, KEY).encode()
    place = data.draw(st.integers(0, len(token) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[place]))
    changed = token[:place] + bytes([byte]) + token[place + 1 :]
    with pytest.raises(Denied):
        tokens.read(kind, changed.decode("latin-1"), [KEY], 1000)


@of_every_kind
def test_every_bit_counts(kind):
    """Each bit of each byte, flipped alone."""
    token = tokens.sign(kind, PAYLOAD, KEY).encode()
    for place, byte in enumerate(token):
        for bit in range(8):
            changed = token[:place] + bytes([byte ^ 1 << bit]) + token[place + 1 :]
            with pytest.raises(Denied):
                tokens.read(kind, changed.decode("latin-1"), [KEY], 1000)


@given(kind=kinds, added=st.text(min_size=1), cut=st.integers(1, 60))
@STABLE
def test_a_longer_or_a_shorter_token_is_refused(kind, added, cut):
    """A token has one spelling."""
    token = tokens.sign(kind, PAYLOAD, KEY)
    for changed in (token + added, added + token, token[:-cut], token[cut:]):
        with pytest.raises(Denied):
            tokens.read(kind, changed, [KEY], 1000)


@pytest.mark.parametrize("other", KINDS)
@of_every_kind
def test_no_token_passes_for_one_of_another_kind(kind, other):
    """Whatever both hold: the kind is signed."""
    token = tokens.sign(kind, PAYLOAD, KEY)
    if kind == other:
        assert tokens.read(other, token, [KEY], 1000) == PAYLOAD
    else:
        with pytest.raises(Denied, match=f"the {other} was not minted here"):
            tokens.read(other, token, [KEY], 1000)


@of_every_kind
def test_tokens_of_either_key_are_good_during_a_rotation_and_of_no_other(kind):
    for key in (KEY, OTHER):
        assert tokens.read(kind, tokens.sign(kind, PAYLOAD, key), [KEY, OTHER], 1000) == PAYLOAD
    for keys in ([OTHER], []):
        with pytest.raises(Denied, match="not minted here"):
            tokens.read(kind, tokens.sign(kind, PAYLOAD, KEY), keys, 1000)


@pytest.mark.parametrize("now", [2000, 2000.1])
@of_every_kind
def test_a_token_is_refused_from_the_second_at_which_it_expires(kind, now):
    token = tokens.sign(kind, PAYLOAD, KEY)
    assert tokens.read(kind, token, [KEY], 1999.9) == PAYLOAD
    with pytest.raises(Denied, match=f"the {kind} has expired"):
        tokens.read(kind, token, [KEY], now)


@pytest.mark.parametrize("version", [0, 2, "1", None])
@of_every_kind
def test_a_token_of_another_version_is_refused(kind, version, monkeypatch):
    """Even one that is signed: this code does not know what it means."""
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "VERSION", version)
        token = tokens.sign(kind, PAYLOAD, KEY)
    with pytest.raises(Denied, match=f"the {kind} is of an unknown version"):
        tokens.read(kind, token, [KEY], 1000)


@pytest.mark.parametrize("key", ["", "a" * 31])
@of_every_kind
def test_a_key_that_is_too_short_is_never_used(kind, key):
    """A blank secret must not open everything."""
    with pytest.raises(ConfigurationError, match=kind):
        tokens.sign(kind, PAYLOAD, key)
    with pytest.raises(ConfigurationError, match=kind):
        tokens.read(kind, tokens.sign(kind, PAYLOAD, KEY), [key], 1000)


@pytest.mark.parametrize("hostile", ["eyJ" * 60_000, "a" * 60_000, f"{'a' * 20}." * 4_000, f"eyJ{'a' * 20}.b." * 4_000])
def test_a_hostile_text_takes_no_long_time(hostile):
    """The time does not grow with the square of the text's length."""
    began = time.process_time()
    without_tokens(hostile)
    assert time.process_time() - began < 1


def test_a_token_is_hidden_wherever_it_begins():
    token = tokens.sign("grant", {"expires": 2000}, KEY)
    for text in (f"x{token}", f"a-long-enough-word.{token}", f"{token}.{'b' * 16}", f"{token}, {token}"):
        assert "eyJ" not in without_tokens(text)
    words = "eyJust.a.word functions.core.authority.tokens_of_x"
    assert without_tokens(words) == words
