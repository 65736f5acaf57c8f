"""What `hookline new event` writes is a domain event of the catalogue."""

import importlib
from itertools import product

import pytest

from functions.core.events import catalogue
from functions.core.events.catalogue import events
from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.event import AMOUNTS, KINDS, new_event, parse_fields

SPELLED = [f"{kind}{optional}" for kind, optional in product(KINDS, ("", "?"))]


def test_an_event_of_each_kind_of_field_passes_validation_and_takes_its_example(project, write_all):
    """Kinds by themselves, and all of them together."""
    together = [f"field_{number}:{kind}" for number, kind in enumerate(SPELLED)]
    made = [new_event(f"planted.kind_{n}", [f"{'value'}:{kind}"], "tests") for n, kind in enumerate(SPELLED)]
    written = write_all([*made, new_event("planted.together", together, "tests")])
    assert len(written) == 2 * (len(SPELLED) + 1)
    assert project.findings() == []
    importlib.invalidate_caches()
    events.cache_clear()
    new = {name: model for name, model in events().items() if name.startswith("planted.")}
    assert len(new) == len(made) + 1
    for name, model in new.items():
        assert set(model.example) == set(model.model_fields)
        assert catalogue.check(name, model.example) == model.example


def test_a_field_with_a_question_mark_may_be_none(project, write_all):
    write_all([new_event("planted.optional", ["text:text?", "count:count"], "tests")])
    importlib.invalidate_caches()
    events.cache_clear()
    assert catalogue.check("planted.optional", {"text": None, "count": 0}) == {"text": None, "count": 0}
    with pytest.raises(catalogue.PermanentError, match="count"):
        catalogue.check("planted.optional", {"text": None, "count": None})


def test_money_brings_its_currency_and_its_exponent():
    fields = [field.name for field in parse_fields(["total:money", "fee:money"])]
    assert fields == ["total", "fee", "currency", "exponent"]


@pytest.mark.parametrize("name", sorted(AMOUNTS))
def test_a_number_that_is_money_by_its_name_is_refused(name):
    with pytest.raises(OperatorError, match=f"write --field {name}:money"):
        parse_fields([f"{name}:number"])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([], "give at least one, like --field text:text"),
        (["text"], "write NAME:KIND"),
        ([":text"], "is no name"),
        (["text:text", "text:line"], "'text' is there twice"),
        (["amount:money", "currency:word"], "'currency' is there twice.*money has"),
    ],
)
def test_fields_that_cannot_be_say_what_to_write(fields, says):
    with pytest.raises(OperatorError, match=says):
        parse_fields(fields)


@pytest.mark.parametrize(
    ("kind", "near"), [("txt", "text"), ("nummber", "number"), ("", "known: id"), ("text??", "text")]
)
def test_an_unknown_kind_of_field_gets_the_nearest(kind, near):
    with pytest.raises(UnknownName, match=near):
        parse_fields([f"x:{kind}"])
