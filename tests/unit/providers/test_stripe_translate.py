"""Stripe's events become domain events."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.events.catalogue import check
from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.ingress.reading import raw_events
from functions.core.platform.errors import UnreadableBody
from functions.providers.stripe import translate as module
from functions.providers.stripe.source import MANIFEST
from functions.providers.stripe.translate import translate

FIXTURES = Path(module.__file__).parent / "fixtures"
ORDINARY = json.loads((FIXTURES / "charge_succeeded__ordinary.json").read_text())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
# The fields of a charge that the translation looks at, by their paths.
PATHS = [
    "data",
    "data.object",
    *(f"data.object.{name}" for name in ("id", "customer", "review", "amount", "currency", "created", "outcome")),
    "data.object.payment_method_details",
    "data.object.payment_method_details.card",
    "data.object.payment_method_details.card.country",
    "data.object.outcome.risk_level",
]


def changed(path: str, value: object) -> RawEvent:
    """The ordinary charge with another value at a path."""
    body = copy.deepcopy(ORDINARY)
    *way, last = path.split(".")
    inner = body
    for name in way:
        inner = inner[name]
    inner[last] = value
    return RawEvent("evt_Example", "charge.succeeded", body)


def test_a_charge_is_a_payment_and_names_its_entities():
    """As Stripe's own fixture shows it; the entities are what a connector may then act on."""
    (raw_event,) = raw_events(json.dumps(ORDINARY).encode(), {}, MANIFEST.reading)
    assert (raw_event.id, raw_event.raw_type, raw_event.time) == (
        "evt_Example",
        "charge.succeeded",
        "2026-09-21T14:13:21Z",
    )
    translation = translate(raw_event)
    assert translation == Translation(
        type="payment.succeeded",
        subject="stripe:charge/ch_Example",
        entities=["stripe:charge/ch_Example", "stripe:customer/cus_Example", "stripe:review/prv_Example"],
        data={
            "charge": "ch_Example",
            "customer": "cus_Example",
            "review": "prv_Example",
            "amount": 4200,
            "currency": "usd",
            "created": 1790000000,
            "country": "US",
            "card": "fpExample",
            "risk_level": "normal",
            "risk_score": 14,
        },
    )
    assert check(translation.type, translation.data) == translation.data


@pytest.mark.parametrize("name", ["customer", "review"])
@pytest.mark.parametrize("none", [None, ""])
def test_what_a_charge_does_not_have_is_no_entity(name, none):
    """A guest has no customer, and most charges have no review."""
    translation = translate(changed(f"data.object.{name}", none))
    assert len(translation.entities) == 2
    assert not translation.data[name]


@pytest.mark.parametrize("path", ["payment_method_details", "payment_method_details.card", "outcome"])
def test_a_charge_without_a_card_or_an_outcome_is_still_a_payment(path):
    """Not every payment is by card."""
    assert translate(changed(f"data.object.{path}", None)).type == "payment.succeeded"


def test_a_type_without_a_translation_has_none():
    """It is published as unmapped."""
    assert translate(RawEvent("evt_1", "customer.tax_id.created", {})) is None


@given(path=st.sampled_from(PATHS), value=JSON)
@settings(derandomize=True, deadline=None, database=None, max_examples=50)
def test_junk_in_a_charge_is_a_translation_or_unreadable(path, value):
    """No field can raise anything else, and no entity is made of what is not an id."""
    try:
        translation = translate(changed(path, value))
    except UnreadableBody:
        return
    assert translation.entities[0] == translation.subject
    assert all(entity.startswith("stripe:") for entity in translation.entities)


@pytest.mark.parametrize("name", ["id", "amount", "currency", "created"])
def test_a_charge_that_lacks_what_every_charge_has_is_unreadable(name):
    """It is set aside rather than guessed at."""
    with pytest.raises(UnreadableBody):
        translate(changed(f"data.object.{name}", None))


@given(
    raw_type=st.sampled_from(["charge.succeeded", "customer.created"]),
    body=st.dictionaries(st.sampled_from(["id", "data", "object"]), JSON),
)
@settings(derandomize=True, deadline=None, database=None, max_examples=40)
def test_junk_for_a_body_is_a_translation_none_or_unreadable(raw_type, body):
    """Whatever a signed delivery holds."""
    try:
        translation = translate(RawEvent("evt_1", raw_type, body))
    except UnreadableBody:
        return
    assert translation is None or isinstance(translation, Translation)
