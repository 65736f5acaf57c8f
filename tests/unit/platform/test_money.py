"""Amounts in minor units as people write them."""

import pytest

from functions.core.platform.money import written


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
