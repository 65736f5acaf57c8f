"""What `hookline send` prints of a delivery, so that it can be looked up."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from hookline.operator.errors import OperatorError
from hookline.operator.send import event_ids, register_charge, signed_delivery
from hookline.testing import fixtures
from hookline.testing.fixtures import load

SECRET, NOW = "whsec_a_secret_of_these_tests", 1_790_000_000.0


def ids_of(source: str, body: str, headers: Mapping[str, str], secret: str = SECRET) -> list[str]:
    delivery = signed_delivery(source, f"https://hooks.example/webhooks/{source}", headers, body.encode(), SECRET, NOW)
    return event_ids(source, delivery, secret, NOW)


def test_the_ids_of_a_deliverys_events_are_those_that_the_verifier_makes():
    """Of the provider's id, or of the delivery's; the time of a digest's first copy is known to the verifier alone."""
    stripe, github = load("stripe", "charge_succeeded__ordinary"), load("github", "pull_request_opened__ordinary")
    assert ids_of("stripe", stripe.body, stripe.headers) == ["stripe:evt_Example"]
    guid = github.headers["x-github-delivery"]
    assert ids_of("github", github.body, github.headers) == [f"github:{guid}/pull_request"]
    nameless = {name: value for name, value in github.headers.items() if name != "x-github-delivery"}
    assert ids_of("github", github.body, nameless) == []


@pytest.mark.parametrize(("body", "secret"), [("no json", SECRET), ('{"id": "evt_1"}', "whsec_another")])
def test_a_delivery_that_the_verifier_refuses_has_no_ids(body, secret):
    assert ids_of("stripe", body, {"content-type": "application/json"}, secret) == []


@pytest.mark.parametrize("body", [b"{ not json", b"\xff\xfe", b""], ids=["no JSON", "not UTF-8", "empty"])
def test_a_fixture_that_cannot_be_read_is_named_with_its_file(monkeypatch, tmp_path, body):
    folder = tmp_path / "functions/providers/acme/fixtures"
    folder.mkdir(parents=True)
    (folder.parent / "source.py").touch()
    (folder / "made__up.json").write_bytes(body)
    monkeypatch.setattr(fixtures, "FUNCTIONS", tmp_path / "functions")
    with pytest.raises(OperatorError, match="fixture functions/providers/acme/fixtures/made__up.json cannot be read"):
        load("acme", "made__up")


@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": {"object": 1}}, 7])
def test_what_is_no_event_of_stripes_is_left_to_the_verifier(body):
    """Its sandbox has nothing to learn of it."""
    register_charge(SimpleNamespace(live=()), body)
