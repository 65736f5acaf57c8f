"""What `hookline send` prints of a delivery, so that it can be looked up."""

from types import SimpleNamespace

import pytest

from hookline.operator.errors import OperatorError
from hookline.operator.send import event_ids, register_charge
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture, load


@pytest.mark.parametrize(
    ("fixture", "ids"),
    [
        (load("stripe", "charge_succeeded__ordinary"), ["stripe:evt_Example"]),
        (load("github", "issues_opened__unmapped"), []),
        (Fixture("stripe", "broken", "no json"), []),
    ],
    ids=["named by the provider", "named by its bytes", "unreadable"],
)
def test_the_ids_that_the_provider_gave_are_printed(fixture, ids):
    """The others are on the trail."""
    assert event_ids(fixture) == ids


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
