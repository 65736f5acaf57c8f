"""How good a lead is, and whose. Pure: the same lead always gets the same points and the same pool."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.agents.lead_router import settings
from functions.agents.lead_router.settings import Route

_NUMBER = re.compile(r"\d{1,9}")
_THOUSANDS = re.compile(r"(?<=\d)[,.'\u202f\u00a0](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Score:
    """The points from 0 to 100, and what each was given for."""

    points: int
    reasons: tuple[str, ...]

    @property
    def grade(self) -> str:
        """ "hot", "warm" or "cold"."""
        return "hot" if self.points >= settings.HOT else "warm" if self.points >= settings.WARM else "cold"


def score(lead: Mapping[str, Any], said: str, channel: str, past: Mapping[str, int]) -> Score:
    """The score of a lead that wrote `said`; `past` counts the events of the person before."""
    found = list(_points(lead, said, channel, past))
    return Score(min(100, sum(points for points, _ in found)), tuple(f"{points} for {why}" for points, why in found))


def _points(lead: Mapping[str, Any], said: str, channel: str, past: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    size = employees(lead.get("size"))
    if large := next(((people, points) for people, points in settings.SIZES if size >= people), None):
        yield large[1], f"{large[0]} people or more"
    if channel == "product":
        yield settings.USES_THE_PRODUCT, "using the product"
    if wish := next((wish for wish in settings.WISHES if wish in re.findall(r"\w+", said.lower())), ""):
        yield settings.WANTS, f"the word {wish}"
    domain = (lead.get("address") or "").rpartition("@")[2]
    if domain and domain not in settings.FREE_MAIL and not lead.get("meant"):
        yield settings.OWN_DOMAIN, "an address of an organization"
    if lead.get("product"):
        yield settings.NAMES_A_PRODUCT, "naming a product"
    if known(past):
        yield settings.KNOWN, "being known already"


def known(past: Mapping[str, int]) -> list[str]:
    """What the past holds, as lines; leads are not counted, because this one may be among them."""
    counted = {type: count for type, count in past.items() if not type.startswith(("lead.", "follow_up.", "task."))}
    return [f"{count} x {type.replace('.', ' ')}" for type, count in sorted(counted.items())]


def counts(aggregates: Mapping[str, Any]) -> dict[str, int]:
    """How often what happened, by the detail type, of a timeline's aggregates."""
    return {
        name.removeprefix("count "): value
        for name, value in aggregates.items()
        if name.startswith("count ") and isinstance(value, int)
    }


def employees(text: str | None) -> int:
    """The number in a size such as "12", "11-50", "1,000+" or "51 to 200"; of a range the lower one, without any 0."""
    found = _NUMBER.search(_THOUSANDS.sub("", text or ""))
    return int(found[0]) if found else 0


def territory_of(country: str | None) -> str:
    """The territory of a country's code or name, "world" for any other text."""
    return settings.TERRITORIES.get(" ".join((country or "").lower().split()), "world")


def route(lead: Mapping[str, Any], routes: Sequence[Route] = settings.ROUTES) -> tuple[str, Route]:
    """The territory of a lead, and the first route that fits it; it depends on the event alone."""
    territory = territory_of(lead.get("country"))
    size, product = employees(lead.get("size")), (lead.get("product") or "").strip().lower()
    return territory, next(one for one in routes if one.fits(territory, size, product))


def writable(lead: Mapping[str, Any]) -> str:
    """ "yes", or why nobody writes to the person by themselves."""
    if not lead.get("address"):
        return "no address"
    if lead.get("meant"):
        return "the domain looks like a typo"
    return "yes" if (lead.get("consent") or {}).get("given") else "no consent"
