"""Amounts in minor units as people write them: by the exponent of their currency. Pure."""

from collections.abc import Mapping

# The currencies of ISO 4217 (list one) whose exponent is not 2.
_OTHER_EXPONENTS = (
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
)
EXPONENTS = {code: digits for digits, codes in _OTHER_EXPONENTS for code in codes.split()}


def exponent(currency: str, exceptions: Mapping[str, int] | None = None) -> int:
    """How many digits of an amount are after the decimal point; `exceptions` are a provider's own, by upper-case code.

    A currency that ISO 4217 does not list has 2, as nearly all have.
    """
    code = currency.upper()
    return (exceptions or {}).get(code, EXPONENTS.get(code, 2))


def written(minor: int, currency: str, exceptions: Mapping[str, int] | None = None) -> str:
    """An amount in minor units with its currency: 1,299.00 EUR, 500 JPY, -0.05 USD."""
    digits = exponent(currency, exceptions)
    whole, part = divmod(abs(minor), 10**digits)
    decimals = f".{part:0{digits}}" if digits else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{decimals} {currency.upper()}"
