"""Every domain event of the catalogue."""

import importlib
import pkgutil
import re

import pytest

import functions.events
from functions.core.events import catalogue
from functions.core.events.catalogue import events
from functions.core.events.domain_event import DomainEvent, Increment, RunningTotal
from functions.core.events.fields import Amount
from functions.events.unmapped import Unmapped


def published_as(model) -> str:
    """The detail-type on the bus: each source has an `unmapped` of its own."""
    return f"stripe.{model.detail_type}" if model is Unmapped else model.detail_type


@pytest.fixture(params=events().values(), ids=events())
def model(request):
    return request.param


def written(base):
    """The models under `base` that have a detail-type; others only share fields."""
    for model in base.__subclasses__():
        if "detail_type" in vars(model) and ".planted_" not in model.__module__:  # which other tests make
            yield model
        yield from written(model)


def test_the_catalogue_holds_every_domain_event_that_is_written():
    for module in pkgutil.walk_packages(functions.events.__path__, "functions.events."):  # in folders of it, too
        importlib.import_module(module.name)
    assert set(events().values()) == set(written(DomainEvent))


def test_a_domain_event_is_found_by_its_detail_type(model):
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", published_as(model))
    assert catalogue.model_of(published_as(model)) is model


def test_a_domain_event_has_a_version_an_owner_and_a_meaning(model):
    assert isinstance(model.version, int) and model.version >= 1
    assert model.owner.strip()
    assert (vars(model).get("__doc__") or "").strip()


def test_a_domain_events_schema_names_its_version(model):
    assert catalogue.schema(published_as(model)) == f"{published_as(model)}/{model.version}"


def test_a_domain_events_example_is_valid_and_complete(model):
    assert set(model.example) == set(model.model_fields)
    assert catalogue.check(published_as(model), model.example) == model.example


def test_a_domain_event_takes_no_field_that_it_does_not_know(model):
    with pytest.raises(catalogue.PermanentError):
        catalogue.check(published_as(model), {**model.example, "unknown_field": "x"})


def test_a_domain_events_measures_are_numbers_and_its_facets_are_words(model):
    # A timeline sums measures and collects facets into a set of texts.
    assert [name for name in model.measures if type(model.example[name]) is not int] == []
    assert [name for name in model.facets if not isinstance(model.example[name], str)] == []


def test_a_domain_events_measures_say_how_they_are_summed(model):
    """An increment, or a running total of a thing that every such event names."""
    assert [name for name, one in model.measures.items() if not isinstance(one, Increment | RunningTotal)] == []
    things = [one.of for one in model.measures.values() if isinstance(one, RunningTotal)]
    assert [name for name in things if not model.model_fields[name].is_required() or model.example[name] is None] == []


def test_a_domain_events_money_has_its_currency_and_its_exponent(model):
    """So that no amounts of two currencies are summed or compared, and people read them with their decimals."""
    amounts = [name for name, field in model.model_fields.items() if field.description == kind_of(Amount)]
    assert [name for name in amounts if name in model.measures and model.measures[name].currency != "currency"] == []
    if amounts:
        assert {"currency", "exponent"} <= set(model.model_fields)
    # A number by one of these names is money: declare it as an Amount.
    money = {"amount", "balance", "captured", "fee", "paid", "price", "refunded", "tax", "tip", "total"}
    numbers = {name for name, value in model.example.items() if type(value) in (int, float)}
    assert (money & numbers) - set(amounts) == set()


def kind_of(annotated) -> str:
    """What a type of field says of itself in the JSON Schema."""
    return annotated.__metadata__[0].description


def test_a_domain_event_can_be_exported_as_json_schema(model):
    exported = model.model_json_schema()
    assert exported["additionalProperties"] is False
    assert set(exported["properties"]) == set(model.example)
