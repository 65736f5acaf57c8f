"""The digest of a manifest, which its role is tagged with."""

from dataclasses import replace

import pytest

from functions.core.manifests.agent import AgentManifest, Budget, Subscription
from functions.core.manifests.connector import ConnectorManifest, Operation
from infra.tags import manifest_digest

AGENT = AgentManifest(
    "watch", "platform", "Look on", subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])]
)


def test_a_digest_is_sixteen_hex_digits_and_the_same_every_time():
    """It goes by values alone, not by which object it is."""
    assert manifest_digest(AGENT) == manifest_digest(replace(AGENT))
    assert len(manifest_digest(AGENT)) == 16
    assert int(manifest_digest(AGENT), 16)


def test_how_a_manifest_is_written_changes_nothing():
    """A tuple for a list, and the order of a mapping."""
    written_otherwise = replace(AGENT, subscribes=(Subscription("payment.succeeded", ("webhook.stripe",)),))
    assert manifest_digest(written_otherwise) == manifest_digest(AGENT)
    read = Operation("charge.retrieve", kind="read", entity="stripe:charge/{charge}")
    ways = [
        ConnectorManifest("stripe", "platform", [read], headers=h) for h in ({"A": "1", "B": "2"}, {"B": "2", "A": "1"})
    ]
    assert manifest_digest(ways[0]) == manifest_digest(ways[1])


@pytest.mark.parametrize(
    "changed",
    [
        replace(AGENT, owner="payments-risk"),
        replace(AGENT, publishes=["payment.held"]),
        replace(AGENT, budget=Budget(effects_per_event=2)),
        replace(AGENT, subscribes=[Subscription("payment.succeeded", ["webhook.paddle"])]),
    ],
    ids=["owner", "publishes", "budget", "subscribes"],
)
def test_any_other_value_is_another_digest(changed):
    """However deep it lies."""
    assert manifest_digest(changed) != manifest_digest(AGENT)
