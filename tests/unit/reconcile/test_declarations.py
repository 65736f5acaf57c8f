"""What a reconcile.py declares is held against the source and the connector beside it."""

import re
from dataclasses import replace

import pytest

from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.platform.errors import ManifestError
from functions.providers.github.connector import MANIFEST as GITHUB_CONNECTOR
from functions.providers.github.reconcile import MANIFEST as GITHUB
from functions.providers.github.source import MANIFEST as GITHUB_SOURCE
from functions.providers.hubspot.connector import MANIFEST as HUBSPOT_CONNECTOR
from functions.providers.hubspot.reconcile import MANIFEST as HUBSPOT
from functions.providers.hubspot.source import MANIFEST as HUBSPOT_SOURCE
from functions.providers.stripe.connector import MANIFEST as STRIPE_CONNECTOR
from functions.providers.stripe.reconcile import MANIFEST as STRIPE
from functions.providers.stripe.source import MANIFEST as STRIPE_SOURCE
from functions.providers.typeform.connector import MANIFEST as TYPEFORM_CONNECTOR
from functions.providers.typeform.reconcile import MANIFEST as TYPEFORM
from functions.providers.typeform.source import MANIFEST as TYPEFORM_SOURCE
from hookline.validation.manifests import Declared
from hookline.validation.reconciles import check_reconciles

TEXT = b'MANIFEST = ReconcileManifest(\n    listing="x",\n    redelivers="y",\n)\n'
SOURCES = {"stripe": STRIPE_SOURCE, "github": GITHUB_SOURCE, "hubspot": HUBSPOT_SOURCE, "typeform": TYPEFORM_SOURCE}
CONNECTORS = {
    "stripe": STRIPE_CONNECTOR,
    "github": GITHUB_CONNECTOR,
    "hubspot": HUBSPOT_CONNECTOR,
    "typeform": TYPEFORM_CONNECTOR,
}


def found(manifest, sources=SOURCES, connectors=CONNECTORS):
    """The findings of one reconcile.py."""
    declared = [{name: Declared(one, "", b"") for name, one in kind.items()} for kind in (sources, connectors)]
    own = {manifest.name: Declared(manifest, f"functions/providers/{manifest.name}/reconcile.py", TEXT)}
    return [one.what for one in check_reconciles(own, *declared)]


@pytest.mark.parametrize("manifest", [STRIPE, GITHUB, HUBSPOT, TYPEFORM], ids=lambda one: one.name)
def test_what_is_shipped_has_no_finding(manifest):
    assert found(manifest) == []


@pytest.mark.parametrize(
    ("manifest", "what"),
    [
        (
            replace(STRIPE, listing="event.lst"),
            "reads listing 'event.lst', which connector.py does not declare.*event.list",
        ),
        (replace(STRIPE, name="github"), "identifies an event by more than its body"),
        (replace(GITHUB, redelivers="hook.redelivery"), "redelivers by 'hook.redelivery', which .*did you mean"),
        (replace(GITHUB, redelivers="hook.deliveries"), "does not declare as a Redelivery"),
        (replace(GITHUB, name="stripe"), "redelivers, but source.py does not identify an event by its delivery"),
    ],
)
def test_what_cannot_be_compared_or_asked_for_is_a_finding(manifest, what):
    """Before anything is deployed."""
    assert any(re.search(what, one) for one in found(manifest)), found(manifest)


def test_a_redelivery_is_named_like_an_operation():
    with pytest.raises(ManifestError, match="redelivers"):
        ReconcileManifest("github", listing="hook.deliveries", redelivers="Not A Name", keeps=100, lag=0)
