"""What `hookline send` tells of a delivery, so that it can be looked up."""

import pytest

from hookline.fixtures import Fixture, load
from hookline.send import event_ids


@pytest.mark.parametrize(
    ("fixture", "ids"),
    [
        (load("stripe", "charge_succeeded__ordinary"), ["stripe:evt_Example"]),
        (load("github", "issues__unmapped"), []),
        (Fixture("stripe", "broken", "no json"), []),
    ],
    ids=["named by the provider", "named by its bytes", "unreadable"],
)
def test_the_ids_that_the_provider_gave_are_told(fixture, ids):
    """Of the others the trail tells."""
    assert event_ids(fixture) == ids
