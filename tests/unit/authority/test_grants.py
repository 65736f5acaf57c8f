"""Grants: read back as minted, and refused after any change at all."""

import base64
import hashlib
import hmac
import json
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.authority.grants import Approval, Grant, check, joined, mint, unverified, unverified_correlation
from functions.core.authority.proposals import Proposal, check_proposal, propose
from functions.core.platform.action import Action
from functions.core.platform.errors import ConfigurationError, Denied

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=60)
KEY, OTHER = "a" * 32, "b" * 32
GRANT = Grant("stripe:evt_1", "stripe:evt_1", frozenset({"stripe:charge/ch_1", "stripe:customer/cus_1"}), 900, 2000)
TOKEN = mint(GRANT, KEY)


def signed(payload: object, key: str = KEY) -> str:
    """A token whose signature is good, whatever it holds."""
    text = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.digest(key.encode(), b"grant." + text, hashlib.sha256)).rstrip(b"=")
    return f"{text.decode()}.{mac.decode()}"


@given(
    grant=st.builds(
        Grant,
        st.text(),
        st.text(),
        st.frozensets(st.text(), max_size=4),
        st.integers(0, 10**11),
        st.integers(1, 10**11),
        st.none() | st.builds(Approval, st.text(), st.text(), st.text(), st.text(), st.lists(st.text(), max_size=2)),
    ),
    key=st.text(min_size=32, max_size=64),
)
@STABLE
def test_a_grant_is_read_back_as_it_was_minted(grant, key):
    """Whatever it names, and whatever the key is made of."""
    assert check(mint(grant, key), [key], grant.expires - 1) == grant


def test_any_changed_character_is_denied():
    """Every character at every place: nobody can make another text that stands for a grant."""
    alphabet = string.ascii_letters + string.digits + "-_.+/= é"
    accepted = []
    for place, character in enumerate(TOKEN):
        for other in alphabet.replace(character, ""):
            try:
                check(TOKEN[:place] + other + TOKEN[place + 1 :], [KEY], 1000)
                accepted.append((place, character, other))
            except Denied:
                pass
    assert accepted == []


@pytest.mark.parametrize("altered", [TOKEN[:-1], TOKEN[1:], TOKEN + "A", TOKEN + "=", " " + TOKEN, TOKEN + "\n"])
def test_a_cut_or_padded_grant_is_denied(altered):
    """There is one way to write a grant."""
    with pytest.raises(Denied):
        check(altered, [KEY], 1000)


@given(junk=st.text() | st.none() | st.integers() | st.binary() | st.lists(st.text(), max_size=2))
@STABLE
def test_junk_is_denied(junk):
    """An agent may hand over anything."""
    with pytest.raises(Denied):
        check(junk, [KEY], 1000)


@pytest.mark.parametrize(
    "junk", ["", ".", "..", "é.é", TOKEN.split(".")[0], "." + TOKEN.split(".")[1], "\ud800.\ud800"]
)
def test_a_grant_without_its_parts_is_denied(junk):
    """Empty, halved and not ASCII."""
    with pytest.raises(Denied, match="not minted here"):
        check(junk, [KEY], 1000)


def test_a_grant_of_another_key_is_denied():
    """Only verifiers hold the key."""
    with pytest.raises(Denied, match="not minted here"):
        check(TOKEN, [OTHER], 1000)


def test_no_keys_accept_nothing():
    """A connector without a key trusts nobody."""
    with pytest.raises(Denied):
        check(TOKEN, [], 1000)


@pytest.mark.parametrize("keys", [[KEY, OTHER], [OTHER, KEY]])
def test_during_a_rotation_grants_of_either_key_are_good(keys):
    """Grants of the old key are still in flight when the new one comes."""
    assert check(mint(GRANT, KEY), keys, 1000) == check(mint(GRANT, OTHER), keys, 1000) == GRANT


@pytest.mark.parametrize(("now", "good"), [(1999.9, True), (2000, False), (2000.1, False)])
def test_a_grant_ends_when_it_expires(now, good):
    """At that second it is no longer valid."""
    if good:
        assert check(TOKEN, [KEY], now) == GRANT
    else:
        with pytest.raises(Denied, match="expired"):
            check(TOKEN, [KEY], now)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_a_grant_of_another_version_is_denied(version):
    """Even with a good signature: this code does not know what it means."""
    payload = {"v": version, "event": "e", "correlation": "e", "entities": [], "expires": 2000}
    with pytest.raises(Denied, match="unknown version"):
        check(signed(payload), [KEY], 1000)


@pytest.mark.parametrize("key", ["", "a" * 31])
def test_a_key_that_is_too_short_is_never_used(key):
    """Neither to mint nor to check: a blank secret must not open everything."""
    with pytest.raises(ConfigurationError):
        mint(GRANT, key)
    with pytest.raises(ConfigurationError):
        check(TOKEN, [key], 1000)


PROPOSAL = Proposal(
    "fraud", "stripe:evt_1", "stripe:evt_1", Action("stripe", "review.approve", {"review": "prv_1"}), 2000
)


def test_a_proposal_is_read_back_as_it_was_signed():
    proposal = Proposal(**{**PROPOSAL.__dict__, "state": {"open": True}, "approvers": 2, "policies": ["large"]})
    assert check_proposal(propose(proposal, KEY), [KEY], 1000) == proposal


def test_a_proposal_does_not_pass_for_a_grant_nor_a_grant_for_a_proposal():
    with pytest.raises(Denied, match="the grant was not minted here"):
        check(propose(PROPOSAL, KEY), [KEY], 1000)
    with pytest.raises(Denied, match="the proposal was not minted here"):
        check_proposal(TOKEN, [KEY], 1000)


def test_a_proposal_expires():
    with pytest.raises(Denied, match="the proposal has expired"):
        check_proposal(propose(PROPOSAL, KEY), [KEY], 2000)


def test_the_digest_of_an_undeclared_state_is_empty():
    assert PROPOSAL.state_digest == ""
    assert Proposal(**{**PROPOSAL.__dict__, "state": {"open": None}}).state_digest


def test_a_grant_says_of_which_tree_it_is_to_those_who_hold_no_key():
    assert unverified_correlation(TOKEN) == GRANT.correlation


@pytest.mark.parametrize("token", ["", ".", "e30.x", "W10.x", "bnVsbA.x", "é.x", "A.x", "x" * 9])
def test_what_cannot_be_read_is_of_no_tree(token):
    """Nothing but Denied, whatever it is."""
    with pytest.raises(Denied):
        unverified_correlation(token)


SOME = st.builds(
    Grant,
    st.sampled_from(["stripe:evt_1", "stripe:evt_2"]),
    st.sampled_from(["stripe:evt_1", "stripe:evt_2"]),
    st.frozensets(st.sampled_from(["a:b/1", "a:b/2", "a:b@3/1"])),
    st.integers(1, 900),
    st.integers(1001, 3000),
    st.none()
    | st.builds(
        Approval,
        st.just("review"),
        st.just("fraud"),
        st.sampled_from(["one", "two"]),
        st.just(""),
        st.sampled_from([["ada"], ["bob"]]),
    ),
)


@given(parts=st.lists(SOME, min_size=1, max_size=4), now=st.integers(1000, 3000))
@STABLE
def test_joined_grants_permit_what_each_of_them_permits(parts, now):
    """Entities, expiry, age and approvals; the event and the tree are the first's, whose rights nothing widens."""
    token = joined(*(mint(one, KEY) for one in parts))
    first, limits = parts[0], [one.approval.action for one in parts if one.approval]
    if now >= min(one.expires for one in parts) or len({*limits}) > 1:
        with pytest.raises(Denied):
            check(token, [KEY], now)
        return
    found = check(token, [KEY], now)
    assert (found.event, found.correlation) == (first.event, first.correlation)
    assert found.entities == frozenset.intersection(*(one.entities for one in parts))
    assert (found.expires, found.issued) == (min(p.expires for p in parts), min(p.issued for p in parts))
    assert [found.approval.action] == sorted({*limits}) if limits else found.approval is None
    people = {tuple(one.approval.approvers) if one.approval else () for one in parts}
    assert not found.approval or tuple(found.approval.approvers) in ((), *(people if len(people) == 1 else ()))
    assert unverified(token) == found


def test_a_joined_grant_is_as_good_as_its_worst_part():
    """One that was not minted here, or is junk, spoils it, at every place."""
    for bad in (mint(GRANT, OTHER), "", "junk", TOKEN[:-1]):
        for parts in ((TOKEN, bad), (bad, TOKEN), (TOKEN, bad, TOKEN)):
            with pytest.raises(Denied, match="not minted here"):
                check("+".join(parts), [KEY], 1000)


def test_only_so_many_grants_are_joined_and_each_once():
    """A check stays cheap, also of a text from outside."""
    many = [mint(replace(GRANT, issued=number), KEY) for number in range(9)]
    assert joined(TOKEN, TOKEN) == TOKEN
    assert check(joined(*many[:8]), [KEY], 1000).issued == 0
    with pytest.raises(Denied, match="waited too often"):
        joined(*many)
    with pytest.raises(Denied, match="more than 8"):
        check("+".join(many), [KEY], 1000)


@pytest.mark.parametrize("junk", ["", "+", "e30.x", f"{TOKEN}+", f"{TOKEN}+e30.x"])
def test_a_grant_that_cannot_be_read_says_nothing_unverified(junk):
    with pytest.raises(Denied, match="cannot be read"):
        unverified(junk)
