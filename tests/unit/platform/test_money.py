"""Amounts in minor units: as people write them, and what they are worth."""

import pytest

from functions.core.platform.money import MonetaryAmount, exponent, is_known, written
from functions.providers.stripe.currencies import EXPONENTS as STRIPE


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (129_900, "eur", "1,299.00 EUR"),
        (5, "usd", "0.05 USD"),
        (-5, "USD", "-0.05 USD"),
        (500, "jpy", "500 JPY"),
        (1_234_567, "kwd", "1,234.567 KWD"),
        (1, "clf", "0.0001 CLF"),
        (250_000, "vnd", "250,000 VND"),
        (199_900, "huf", "1,999.00 HUF"),
        (0, "zzz", "0.00 ZZZ"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(minor, currency, text):
    assert written(minor, currency) == text


def test_a_providers_own_exponent_counts_before_the_standards():
    assert written(50_000, "isk") == "50,000 ISK"
    assert written(50_000, "isk", {"ISK": 2}) == "500.00 ISK"


@pytest.mark.parametrize(
    ("minor", "currency", "cents"),
    [
        (1000, "usd", 1000),
        (1, "usd", 1),
        (0, "usd", 0),
        (1570, "jpy", 1000),
        (3090, "KWD", 1000),
        (259_000, "vnd", 1000),
        (323_000, "huf", 1000),
        (18_000_000, "idr", 1000),
        (1_210, "isk", 1000),
        (1, "vnd", 1),
    ],
)
def test_an_amount_is_worth_about_as_much_in_whatever_currency(minor, currency, cents):
    """In US cents, at the rates of the table, rounded up."""
    assert MonetaryAmount(minor, currency, exponent(currency)).worth == cents


@pytest.mark.parametrize(
    "money",
    [MonetaryAmount(1000, "zzz", 2), MonetaryAmount(1000, "clf", 4), MonetaryAmount(1000, "usd", None)],
    ids=str,
)
def test_an_amount_of_an_unknown_currency_or_exponent_has_no_worth(money):
    assert money.worth is None


def test_an_amount_without_an_exponent_is_written_as_what_it_is():
    """A wrong decimal point would be worse than none."""
    assert str(MonetaryAmount(1000, "usd", None)) == "1000 minor units of USD"


def test_stripes_exponents_are_those_of_its_page():
    """https://docs.stripe.com/currencies: zero-decimal, three-decimal and special currencies; all others have two."""
    zero = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
    three, special = ["bhd", "jod", "kwd", "omr", "tnd"], ["isk", "ugx", "huf", "twd"]
    assert {exponent(currency, STRIPE) for currency in zero} == {0}
    assert {exponent(currency, STRIPE) for currency in three} == {3}
    assert {exponent(currency, STRIPE) for currency in [*special, "usd", "eur", "idr", "cop"]} == {2}
    assert all(is_known(currency) for currency in [*zero, *three, *special])
