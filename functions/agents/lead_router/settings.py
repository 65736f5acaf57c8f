"""Who gets which lead, and what makes it a good one. A change here is a change of policy: review it as one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

DAY = 24 * 3600
# What a person does within this time after their first form belongs to the same lead.
ONE_LEAD_SECONDS: Final = DAY

# Events of the product that make a lead; all others are not for sales.
PRODUCT_EVENTS: Final = ("trial.started", "plan.limit_reached", "seats.requested")
# Where a contact of the CRM came from that makes no lead: what an integration wrote, ours too.
NO_LEADS: Final = ("API", "INTEGRATION", "IMPORT", "CONTACTS_WEB", "CRM_UI")


@dataclass(frozen=True)
class Route:
    """The team of a pool, by addresses, and which leads are theirs; the first route that fits counts."""

    pool: str
    owners: tuple[str, ...]
    least_size: int = 0
    products: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()

    def fits(self, territory: str, size: int, product: str) -> bool:
        """Whether a lead of this territory, size and product is for this team."""
        return (
            size >= self.least_size
            and (not self.products or product in self.products)
            and (not self.territories or territory in self.territories)
        )


ROUTES: Final = (
    Route("enterprise", ("mia@example.com", "noah@example.com"), least_size=250),
    Route("analytics", ("nadia@example.com",), products=("analytics",)),
    Route("emea", ("mia@example.com", "noah@example.com", "lea@example.com"), territories=("emea",)),
    Route("amer", ("sam@example.com", "ana@example.com", "joe@example.com"), territories=("amer",)),
    Route("apac", ("yuki@example.com", "ravi@example.com"), territories=("apac",)),
    Route("world", ("lea@example.com", "sam@example.com")),  # the last one fits every lead
)

_COUNTRIES: Final = {
    "emea": "AE AT BE BG CH CZ DE DK EE EG ES FI FR GB GR HR HU IE IL IT KE LT LU LV MA NG NL NO PL PT RO RS SA SE SI "
    "SK TR UA UK ZA",
    "amer": "AR BR CA CL CO CR MX PE US UY",
    "apac": "AU CN HK ID IN JP KR MY NZ PH SG TH TW VN",
}
_NAMES: Final = {
    "emea": "austria france germany italy netherlands poland spain sweden switzerland deutschland",
    "amer": "brazil canada mexico usa argentina",
    "apac": "australia china india japan singapore",
}
# By a country's code or name, in small letters.
TERRITORIES: Final[Mapping[str, str]] = {
    **{code.lower(): territory for territory, codes in _COUNTRIES.items() for code in codes.split()},
    **{name: territory for territory, names in _NAMES.items() for name in names.split()},
    **dict.fromkeys(("united kingdom", "great britain"), "emea"),
    **dict.fromkeys(("united states", "united states of america"), "amer"),
    **dict.fromkeys(("new zealand", "south korea"), "apac"),
}

# Points, and from how many on a lead is hot or warm; at most 100 count.
SIZES: Final = ((1_000, 35), (250, 30), (50, 20), (10, 10))  # people, points
USES_THE_PRODUCT: Final = 25
WANTS: Final = 20
OWN_DOMAIN: Final = 15
NAMES_A_PRODUCT: Final = 10
KNOWN: Final = 10
HOT, WARM = 60, 30

# In what the person wrote.
WISHES: Final = ("demo", "price", "pricing", "quote", "offer", "buy", "purchase", "contract", "trial")
_FREE: Final = (
    *("gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "aol.com", "mail.com"),
    *("proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "yahoo.co.uk", "hotmail.co.uk"),
)
FREE_MAIL: Final = frozenset(_FREE)
