"""The catalogue: the fields of each domain event, and the error for a wrong one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.events.catalogue import check, events, model_of, schema
from functions.core.platform.errors import PermanentError

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=50)
PAYMENT = events()["payment.succeeded"].example
SECRET = "hush-hush"


@pytest.mark.parametrize("detail_type", events())
def test_each_example_is_what_its_model_writes(detail_type):
    """So an example can be trusted as documentation."""
    assert check(detail_type, events()[detail_type].example) == events()[detail_type].example


@pytest.mark.parametrize("detail_type", events())
def test_each_event_has_an_owner_a_version_and_words(detail_type):
    """Somebody answers for it."""
    model = events()[detail_type]
    assert model.owner.strip()
    assert model.version >= 1
    assert model.__doc__.strip() != model.__mro__[1].__doc__.strip()
    assert schema(detail_type) == f"{detail_type}/{model.version}"


@pytest.mark.parametrize("detail_type", [name for name, model in events().items() if model.measures or model.facets])
def test_measures_are_whole_numbers_and_facets_text(detail_type):
    """A timeline sums the one and collects the other."""
    model = events()[detail_type]
    assert all(isinstance(model.example[name], int) for name in model.measures)
    assert all(isinstance(model.example[name], str) for name in model.facets)


@pytest.mark.parametrize("detail_type", events())
def test_a_field_that_is_missing_or_too_many_is_named(detail_type):
    """And nothing else is said of the data."""
    example = dict(events()[detail_type].example)
    name = next(name for name, field in events()[detail_type].model_fields.items() if field.is_required())
    with pytest.raises(PermanentError, match=f"^{detail_type}: {name}: Field required$"):
        check(detail_type, {field: value for field, value in example.items() if field != name})
    with pytest.raises(PermanentError, match="surprise: Extra inputs are not permitted") as refused:
        check(detail_type, {**example, "surprise": SECRET})
    assert SECRET not in str(refused.value)


WRONG = [
    ("payment.succeeded", {"amount": -1}),
    ("payment.succeeded", {"amount": "4200"}),
    ("payment.succeeded", {"amount": 42.5}),
    ("payment.succeeded", {"amount": None}),
    ("payment.succeeded", {"currency": "USD"}),
    ("payment.succeeded", {"currency": "usd\n"}),
    ("payment.succeeded", {"currency": "dollars"}),
    ("payment.succeeded", {"charge": ""}),
    ("payment.succeeded", {"charge": "c" * 256}),
    ("payment.succeeded", {"charge": None}),
    ("payment.succeeded", {"customer": ""}),
    ("payment.succeeded", {"created": "yesterday"}),
    ("payment.succeeded", {"country": 7}),
    ("payment.approved", {"review_closed": "yes"}),
    ("payment.approved", {"score": "0.1"}),
    ("payment.held", {"reasons": "amount"}),
    ("payment.held", {"reasons": [7]}),
    ("approval.required", {"otherwise": "maybe"}),
    ("approval.required", {"question": ""}),
    ("approval.required", {"action": "review.approve"}),
    ("approval.required", {"expires": 1.5}),
    ("unmapped", {"raw_type": None}),
]


@pytest.mark.parametrize(("detail_type", "change"), WRONG, ids=str)
def test_a_wrong_value_is_refused_and_its_field_named(detail_type, change):
    """Types are strict: a number in quotes is not a number."""
    with pytest.raises(PermanentError, match=f"^{detail_type}: {next(iter(change))}"):
        check(detail_type, {**events()[detail_type].example, **change})


@given(name=st.sampled_from(sorted(PAYMENT)), words=st.text(max_size=20))
@STABLE
def test_a_refusal_never_quotes_a_value(name, words):
    """A reason travels to logs and dead letters, where text from outside does not belong."""
    value = [SECRET + words]
    with pytest.raises(PermanentError) as refused:
        check("payment.succeeded", {**PAYMENT, name: value})
    assert name in str(refused.value)
    assert SECRET not in str(refused.value)


@given(st.none() | st.integers() | st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
@STABLE
def test_junk_for_data_is_permanent(junk):
    """Whatever it is."""
    with pytest.raises(PermanentError):
        check("payment.succeeded", junk)


@pytest.mark.parametrize("detail_type", ["payment.succeeded", "payment.approved"])
@pytest.mark.parametrize("name", ["customer", "review", "country", "card", "risk_level", "risk_score", "charge"])
def test_what_a_payment_may_lack_may_be_none(detail_type, name):
    """A guest has no customer, a transfer no card; every payment has a charge."""
    optional = detail_type == "payment.succeeded" and name != "charge"
    data = {**events()[detail_type].example, name: None}
    if optional:
        assert check(detail_type, data)[name] is None
    else:
        with pytest.raises(PermanentError):
            check(detail_type, data)


def test_every_sources_unmapped_is_one_model():
    """A raw type that has no translation is published, never dropped."""
    assert model_of("stripe.unmapped") is model_of("github.unmapped") is events()["unmapped"]
    assert schema("stripe.unmapped") == "stripe.unmapped/1"
    data = {"raw_type": "a.b", "tenant": None, "reason": None}
    assert check("stripe.unmapped", {"raw_type": "a.b"}) == check("stripe.unmapped", data) == data


@pytest.mark.parametrize("detail_type", ["", "payment", "payment.invented", "stripe.unmappedx", "PAYMENT.SUCCEEDED"])
def test_an_unknown_event_is_permanent_and_named(detail_type):
    """Nobody publishes a type that the catalogue lacks."""
    for ask in (model_of, schema, lambda name: check(name, {})):
        with pytest.raises(PermanentError, match=f"no domain event '{detail_type}'"):
            ask(detail_type)


def test_data_that_is_nested_too_deep_is_permanently_wrong():
    """Pydantic writes so many levels only, and says so with an error that is not of validation."""
    deep: dict = {}
    for _ in range(500):
        deep = {"x": deep}
    with pytest.raises(PermanentError, match=r"approval\.required"):
        check("approval.required", {**events()["approval.required"].example, "evidence": deep})
