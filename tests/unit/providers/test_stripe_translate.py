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
from functions.providers.stripe import connector, currencies
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
            "exponent": 2,
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


def of_fixture(name: str, **changes: object) -> Translation:
    """The translation of a fixture whose charge has other values in some fields."""
    body = json.loads((FIXTURES / f"{name}.json").read_text())
    body["data"]["object"].update(changes)
    translation = translate(RawEvent("evt_Example", body["type"], body))
    assert translation and check(translation.type, translation.data) == translation.data
    return translation


def test_an_authorization_is_no_payment_and_its_release_is_no_refund():
    """No money came in, and none went back; both name the charge and the customer."""
    said = [of_fixture(name) for name in ("charge_succeeded__uncaptured", "charge_refunded__uncaptured")]
    said.append(of_fixture("charge_expired__uncaptured"))
    assert [(one.type, one.data["amount"]) for one in said] == [
        ("payment.authorized", 4200),
        ("payment.released", 4200),
        ("payment.released", 4200),
    ]
    assert {tuple(one.entities) for one in said} == {("stripe:charge/ch_Example", "stripe:customer/cus_Example")}


@pytest.mark.parametrize("odd", ["false", 0, [], {}], ids=str)
def test_whether_a_charge_is_captured_is_not_guessed(odd):
    """A charge without the flag is paid; one with it in an unknown form is set aside."""
    assert translate(changed("data.object.captured", None)).type == "payment.succeeded"
    with pytest.raises(UnreadableBody):
        translate(changed("data.object.captured", odd))


def test_what_is_captured_later_is_the_payment():
    """At the captured amount, of the time when the customer paid."""
    payment = of_fixture("charge_captured__in_part")
    assert (payment.type, payment.data["amount"], payment.data["created"]) == ("payment.succeeded", 3000, 1790000000)


@pytest.mark.parametrize(
    ("given_back", "type", "said"),
    [
        (1200, "payment.released", {"amount": 1200}),
        (1700, "payment.refunded", {"amount": 3000, "refunded": 500, "whole": False}),
        (4200, "payment.refunded", {"amount": 3000, "refunded": 3000, "whole": True}),
    ],
)
def test_the_rest_of_an_authorization_is_in_no_refund(given_back, type, said):
    """Stripe counts the 1200 that were not captured among what is refunded."""
    charge = {"captured": True, "amount_captured": 3000, "amount_refunded": given_back}
    translation = of_fixture("charge_refunded__in_part", **charge)
    assert translation.type == type
    assert {name: translation.data[name] for name in said} == said


@pytest.mark.parametrize(
    ("currency", "exponent"), [("jpy", 0), ("kwd", 3), ("isk", 2), ("ugx", 2), ("mga", 0), ("usd", 2)]
)
def test_an_amount_has_stripes_exponent_of_its_currency(currency, exponent):
    assert of_fixture("charge_succeeded__ordinary", currency=currency).data["exponent"] == exponent


@pytest.mark.parametrize("path", ["refunded", "balance_transaction", "outcome", "payment_method_details", "disputed"])
def test_a_charge_in_a_form_that_stripe_changed_is_translated_without_that_part(path):
    for odd in ("new form", 7, ["a"], {"b": 1}, None):
        assert of_fixture("charge_succeeded__ordinary", **{path: odd}).data["amount"] == 4200


@pytest.mark.parametrize("odd", [{"id": "cus_1"}, "a/b", 1.5], ids=str)
def test_a_customer_in_an_unknown_form_is_not_left_out(odd):
    """A payment that names no customer looks like a guest's."""
    with pytest.raises(UnreadableBody):
        of_fixture("charge_succeeded__ordinary", customer=odd)


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


def test_the_connector_and_the_source_know_the_same_exceptions_of_currencies():
    """Each has a file of its own, because neither may import the other's."""
    assert connector.EXPONENTS == currencies.EXPONENTS
