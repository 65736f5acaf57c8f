"""Money: the exponent of a currency, the rough worth of an amount in US dollars, and how people write it. Pure.

An amount is a whole number of minor units, as its provider writes it. Providers differ from ISO 4217 in the exponent of
some currencies, so an event carries the exponent beside the amount, and no amount is converted on its way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

# The currencies of ISO 4217 (list one) whose exponent is not 2.
_OTHER_EXPONENTS = (
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
)
EXPONENTS = {code: digits for digits, codes in _OTHER_EXPONENTS for code in codes.split()}

# Units of each currency for one US dollar on 29 September 2026, to three digits: the currencies of ISO 4217 that are in
# @fawazahmed0/currency-api 2026.9.29 (CC0). Good enough for a threshold, and for nothing that is paid or booked.
_UNITS_OF_A_DOLLAR = """
    AED 3.67, AFN 64, ALL 81, AMD 364, AOA 918, ARS 1530, AUD 1.42, AWG 1.79, AZN 1.7, BAM 1.72, BBD 2, BDT 123,
    BHD 0.376, BIF 3000, BMD 1, BND 1.28, BOB 12.2, BRL 5.22, BSD 1, BTN 96.1, BWP 13.7, BYN 3.03, BZD 2.01,
    CAD 1.42, CDF 2310, CHF 0.833, CLP 968, CNY 6.71, COP 3370, CRC 455, CUP 24, CVE 97.1, CZK 21.5, DJF 178,
    DKK 6.58, DOP 57.7, DZD 134, EGP 52.1, ERN 15, ETB 163, EUR 0.88, FJD 2.24, FKP 0.755, GBP 0.755, GEL 2.6,
    GHS 11.6, GIP 0.755, GMD 74.3, GNF 8800, GTQ 7.64, GYD 209, HKD 7.84, HNL 26.9, HTG 131, HUF 323, IDR 18000,
    ILS 3.07, INR 96.1, IQD 1310, IRR 1370000, ISK 121, JMD 158, JOD 0.709, JPY 157, KES 130, KGS 87.5, KHR 4060,
    KMF 433, KPW 900, KRW 1360, KWD 0.309, KYD 0.832, KZT 441, LAK 22500, LBP 89700, LKR 331, LRD 172, LSL 16.4,
    LYD 6.4, MAD 9.65, MDL 17.7, MGA 4390, MKD 54.2, MMK 2100, MNT 3600, MOP 8.08, MRU 40.1, MUR 47.6, MVR 15.5,
    MWK 1730, MXN 18, MXV 2.02, MYR 4.08, MZN 63.8, NAD 16.4, NGN 1330, NIO 36.7, NOK 9.55, NPR 154, NZD 1.77,
    OMR 0.385, PAB 1, PEN 3.42, PGK 4.47, PHP 62.5, PKR 277, PLN 3.85, PYG 5880, QAR 3.64, RON 4.65, RSD 103,
    RUB 84.5, RWF 1480, SAR 3.75, SBD 8.05, SCR 14.3, SDG 600, SEK 9.98, SGD 1.28, SHP 0.755, SLE 22.9, SOS 571,
    SRD 37.7, SSP 5710, STN 21.7, SVC 8.75, SYP 13000, SZL 16.4, THB 33.6, TJS 9.23, TMT 3.5, TND 2.97, TOP 2.41,
    TRY 49, TTD 6.79, TWD 31.9, TZS 2640, UAH 44.9, UGX 3910, USD 1, UYU 40.1, UZS 11800, VED 857, VES 857,
    VND 25900, VUV 119, WST 2.77, XAF 577, XCD 2.71, XCG 1.8, XOF 577, XPF 105, YER 237, ZAR 16.4, ZMW 19.6,
    ZWG 26.8
"""


@dataclass(frozen=True)
class MonetaryAmount:
    """An amount in minor units of `currency`, whose last `exponent` digits are decimals; None if that is not known."""

    amount: int
    currency: str
    exponent: int | None

    @property
    def worth(self) -> int | None:
        """The rough worth in US cents, rounded up; None for a currency whose rate or exponent is not known.

        The rates are of the day that this module names, so it is off by what the currency has moved since.
        """
        rate = _rates().get(self.currency.upper())
        if self.exponent is None or rate is None:
            return None
        return -int(-self.amount * 100 // (10**self.exponent * rate))

    def __str__(self) -> str:
        """As people write it: 1,299.00 EUR, 500 JPY, -0.05 USD."""
        if self.exponent is None:
            return f"{self.amount} minor units of {self.currency.upper()}"
        whole, part = divmod(abs(self.amount), 10**self.exponent)
        decimals = f".{part:0{self.exponent}}" if self.exponent else ""
        return f"{'-' if self.amount < 0 else ''}{whole:,}{decimals} {self.currency.upper()}"


def is_known(currency: str) -> bool:
    """Whether the rate of `currency` is known; an amount of another one has no worth that a threshold could use."""
    return currency.upper() in _rates()


def exponent(currency: str, exceptions: Mapping[str, int] | None = None) -> int:
    """How many digits of an amount are after the decimal point; `exceptions` are a provider's own, by upper-case code.

    A currency that ISO 4217 does not list has 2, as nearly all have.
    """
    code = currency.upper()
    return (exceptions or {}).get(code, EXPONENTS.get(code, 2))


def written(minor: int, currency: str, exceptions: Mapping[str, int] | None = None) -> str:
    """An amount in minor units with its currency: 1,299.00 EUR, 500 JPY, -0.05 USD."""
    return str(MonetaryAmount(minor, currency, exponent(currency, exceptions)))


@cache
def _rates() -> Mapping[str, float]:
    pairs = (pair.split() for pair in _UNITS_OF_A_DOLLAR.split(","))
    return {code: float(units) for code, units in pairs}
