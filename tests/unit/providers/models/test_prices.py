"""The prices of models: as genai-prices has them, and none missing for a model that an agent declares."""

from datetime import date
from decimal import Decimal

import pytest
from genai_prices.data import providers

from functions.core.manifests.models import Price
from functions.core.platform.errors import ManifestError
from tests.declared import PROJECT

OF = {"bedrock": "aws", "anthropic": "anthropic"}
FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_long": "cache_write_1h_mtok",
}
PRICED = [
    (connector, model, price)
    for connector in OF
    for price in PROJECT.connectors[connector].prices
    for model in price.models
]


@pytest.mark.parametrize(("connector", "model", "price"), PRICED, ids=[model for _, model, _ in PRICED])
def test_a_price_is_that_of_genai_prices(connector, model, price: Price):
    """A package of others that follows the providers' pages: a mistype here is found there."""
    (provider,) = (one for one in providers if one.id == OF[connector])
    found = provider.find_model(model)
    assert found, f"genai-prices has no {model}"
    theirs = found.get_prices(date.fromisoformat(price.checked))
    for ours, name in FIELDS.items():
        value = getattr(theirs, name)
        base = getattr(value, "base", value)
        if getattr(price, ours):
            assert Decimal(getattr(price, ours)) == base, ours
        for tier in getattr(value, "tiers", ()):
            assert price.most_input <= tier.start


def test_every_model_that_an_agent_declares_has_a_price():
    """Names those without: their agents could not call them."""
    project = PROJECT
    missing = {
        agent.name: agent.model
        for agent in project.agents.values()
        if agent.model and not project.connectors[agent.model_connector].price(agent.model_id)
    }
    assert missing == {}


BAD = [
    ("cheap", "is not an object"),
    ({"input": "1", "output": "2"}, "lacks checked"),
    ({"input": 1, "output": "2", "checked": "2026-11-28"}, "input 1: US dollars per million tokens as a text"),
    ({"input": "-1", "output": "2", "checked": "2026-11-28"}, "input '-1'"),
    ({"input": "NaN", "output": "2", "checked": "2026-11-28"}, "input 'NaN'"),
    ({"input": "1", "output": "2", "checked": "yesterday"}, "checked 'yesterday': a date"),
    ({"input": "1", "output": "2", "checked": "2026-11-28", "discount": "9"}, "has discount"),
]


@pytest.mark.parametrize(("given", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_a_price_in_the_settings_that_cannot_be_one_is_refused(given, reason):
    with pytest.raises(ManifestError, match="price of m") as refused:
        Price.read("m", given)
    assert reason in str(refused.value)
