"""The key of the grants: changed while grants of the old one are in flight, and none is refused."""

import base64
import hmac
import json
from types import SimpleNamespace

import pytest

from functions.core.authority import grants, tokens, vouchers
from functions.core.authority.grants import LIFETIME, Grant
from functions.core.authority.proposals import check_proposal
from functions.core.authority.signing_keys import KeyNotKnownYet, SigningKeys
from functions.core.authority.vouchers import Extension, Holder
from functions.core.platform.errors import Denied
from functions.core.platform.in_lambda import SECRET_SECONDS, Secrets
from functions.core.platform.secret_values import labelled
from functions.core.reviews import links
from functions.core.reviews.links import Link
from hookline.operator import rotation
from hookline.operator.errors import OperatorError
from infra import naming

NOW = 1_790_000_000.0
FORGED = "made up by somebody else, and long enough"
OLD = "the first key, made when the stack was deployed"


@pytest.fixture
def clock():
    """The time that the checker goes by."""
    return SimpleNamespace(seconds=NOW)


@pytest.fixture
def account(secretsmanager):
    secretsmanager.create_secret(Name=naming.GRANT_KEY, SecretString=OLD)
    return SimpleNamespace(client={"secretsmanager": secretsmanager}.__getitem__)


@pytest.fixture
def keys(account, secrets, clock):
    """What a connector holds, which has already checked a grant, and so keeps the old key in memory."""
    keys = SigningKeys(naming.GRANT_KEY, secrets.read, lambda: clock.seconds)
    grants.check(minted(OLD), keys, NOW)
    return keys


def minted(key: str, at: float = NOW) -> str:
    entities = frozenset({"stripe:charge/ch_1"})
    return grants.mint(Grant("stripe:evt_1", "stripe:evt_1", entities, int(at), int(at) + LIFETIME), key)


def unnamed(key: str) -> str:
    payload = {**tokens.unverified("grant", minted(key)), "v": tokens.VERSION}
    text = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    mac = hmac.digest(key.encode(), f"grant.{text}".encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def minting_key(secretsmanager) -> str:
    """As a verifier that starts now finds it."""
    text = secretsmanager.get_secret_value(SecretId=naming.GRANT_KEY)["SecretString"]
    return next(iter(labelled(text, NOW).values()))


def rotated(account) -> str:
    rotation.rotate_grant_key(account, NOW)
    return minting_key(account.client("secretsmanager"))


def test_a_grant_of_the_new_key_is_taken_at_once(account, keys):
    """Though the connector holds the old key alone in memory: it looks again before it refuses."""
    new = rotated(account)
    assert new != OLD
    assert grants.check(minted(new), keys, NOW).event == "stripe:evt_1"


def test_a_grant_of_the_old_key_is_taken_for_its_whole_life(account, keys, clock):
    """Even one that a verifier minted at the end of the five minutes that it keeps the old key in memory."""
    rotated(account)
    late = minted(OLD, NOW + SECRET_SECONDS)
    for clock.seconds in (NOW, NOW + SECRET_SECONDS + LIFETIME - 1):
        assert grants.check(late, keys, clock.seconds).event == "stripe:evt_1"


def test_the_old_key_is_gone_when_the_last_of_its_grants_has_expired(account, keys, clock, secrets):
    """Without any action; an attacker who has learnt it can no longer mint anything."""
    new = rotated(account)
    grants.check(minted(new), keys, NOW)
    clock.seconds, secrets.now = NOW + SECRET_SECONDS + LIFETIME, 10.0
    assert list(keys) == [new]
    secrets.now = 20.0
    with pytest.raises(Denied, match="not minted here"):
        grants.check(minted(OLD, clock.seconds), keys, clock.seconds)


def test_who_signs_takes_the_newest_key(account):
    """A verifier, and a connector with its proposals, as soon as they look."""
    rotated(account)
    started = Secrets(lambda: account.client("secretsmanager"), lambda: 0.0)
    keys = SigningKeys(naming.GRANT_KEY, started.read, lambda: NOW)
    assert keys[0] == minting_key(account.client("secretsmanager"))
    assert (keys[1], len(keys)) == (OLD, 2)


def test_a_second_rotation_cuts_no_overlap_short(account, keys):
    """All keys whose grants may be on their way go on counting."""
    first = rotated(account)
    second = rotated(account)
    assert set(keys) == {OLD, first, second}


@pytest.fixture
def looks(account, secrets, monkeypatch):
    """When the secret was read."""
    manager, looked = account.client("secretsmanager"), []
    original = manager.get_secret_value
    monkeypatch.setattr(manager, "get_secret_value", lambda **asked: looked.append(secrets.now) or original(**asked))
    return looked


def test_a_grant_whose_key_is_not_known_yet_waits(account, keys, secrets):
    """Somebody's forgery made the connector look a moment before the rotation: the event must not be lost for it."""
    with pytest.raises(Denied):
        grants.check(minted(FORGED), keys, NOW)
    new = rotated(account)
    secrets.now = 9.0
    with pytest.raises(KeyNotKnownYet) as waits:
        grants.check(minted(new), keys, NOW)
    secrets.now += waits.value.retry_after
    assert grants.check(minted(new), keys, NOW).event == "stripe:evt_1"


HOLDER = Holder("billing", "stripe:evt_1", "stripe:evt_1")
EXTENDED = Extension("zendesk:ticket/1", ("stripe:customer/cus_1",), ("stripe:charge.list",))
LINK = Link("rv_1", "Eve", ("ada",), int(NOW) + 60, "n")
CHECKS = {
    "a proposal": lambda new, keys: check_proposal(tokens.sign("proposal", {"expires": NOW + 60}, new), keys, NOW),
    "a review link": lambda new, keys: links.read(links.mint(LINK, new), keys, NOW),
    "a form": lambda new, keys: links.is_form(links.form_of(LINK, new), LINK, keys, NOW),
    "an extension": lambda new, keys: vouchers.extension(
        [vouchers.mint(EXTENDED, HOLDER, new, NOW)], HOLDER, keys, NOW
    ),
}


@pytest.mark.parametrize("what", CHECKS)
def test_no_token_of_a_newer_key_is_taken_for_a_forgery(account, keys, secrets, what):
    """Nor passed over as a voucher that is missing: the call waits for the key."""
    with pytest.raises(Denied):
        grants.check(minted(FORGED), keys, NOW)
    with pytest.raises(KeyNotKnownYet):
        CHECKS[what](rotated(account), keys)


def test_forged_grants_make_us_look_at_most_every_ten_seconds(keys, secrets, looks):
    """Otherwise they could make Secrets Manager throttle us; the first after each ten seconds is refused for good."""
    refusals = []
    for secrets.now in (100.0, 101.0, 109.9, 110.0, 111.0):
        with pytest.raises((Denied, KeyNotKnownYet)) as refused:
            grants.check(minted(FORGED), keys, NOW)
        refusals.append(refused.type)
    assert looks == [100.0, 110.0]
    assert refusals == [Denied, KeyNotKnownYet, KeyNotKnownYet, Denied, KeyNotKnownYet]


@pytest.mark.parametrize("mac", ["A" * 43, ""])
def test_a_wrong_signature_under_a_known_key_is_refused_for_good(keys, looks, mac):
    """Without a look at the secret: no newer key can have made it."""
    text = minted(OLD).partition(".")[0]
    with pytest.raises(Denied, match="not minted here"):
        grants.check(f"{text}.{mac}", keys, NOW)
    assert looks == []


def test_a_grant_that_names_no_key_is_checked_with_each(keys):
    """As an earlier version minted it: it may be in a queue still."""
    assert grants.check(unnamed(OLD), keys, NOW).event == "stripe:evt_1"
    with pytest.raises(Denied):
        grants.check(unnamed(FORGED), keys, NOW)


def test_a_key_that_is_known_needs_no_look(account, keys, monkeypatch):
    """A grant of ours costs no call."""
    monkeypatch.setattr(account.client("secretsmanager"), "get_secret_value", None)
    assert grants.check(minted(OLD), keys, NOW).event == "stripe:evt_1"


def test_a_rotation_makes_a_new_key_of_256_bits_and_never_tells_it(account):
    """What it returns is when the old one ends."""
    assert rotation.rotate_grant_key(account, NOW) == NOW + SECRET_SECONDS + LIFETIME
    text = account.client("secretsmanager").get_secret_value(SecretId=naming.GRANT_KEY)["SecretString"]
    new, old = json.loads(text).values()
    assert len(bytes.fromhex(new)) == 32
    assert old == {"value": OLD, "until": int(NOW + SECRET_SECONDS + LIFETIME)}


def test_where_nothing_is_deployed_there_is_nothing_to_rotate(secretsmanager):
    """One line says so."""
    with pytest.raises(OperatorError, match="no secret hookline/grant-key"):
        rotation.rotate_grant_key(SimpleNamespace(client={"secretsmanager": secretsmanager}.__getitem__), NOW)
