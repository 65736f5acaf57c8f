"""AWS's public prices, as data with their date, region and origin."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.json")


@cache
def price_list() -> Mapping[str, Any]:
    """The content of prices.json."""
    content: Mapping[str, Any] = json.loads(FILE.read_text())
    return content


def usd(unit: str, amount: float) -> float:
    """What `amount` of `unit`, a name in prices.json, costs in US dollars."""
    price = price_list()["prices"][unit]
    return float(amount * price["usd"] / price["per"])
