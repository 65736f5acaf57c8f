"""What a metered call uses: counted in tokens by its provider, and in dollars by the price of its model. Pure."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from functions.core.gate.budgets import Spend
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.models import Price
from functions.core.manifests.operation import Operation
from functions.core.platform.errors import ConfigurationError, ManifestError, PermanentError

# Tokens that a provider adds to a prompt at most, beyond those of the JSON around its messages, tools and system text.
TOKENS_AROUND = 1_000
# Tokens of one image at most: a large one counts about width x height / 750, limited by the provider.
# https://docs.claude.com/en/docs/build-with-claude/vision
TOKENS_PER_IMAGE = 5_000


@dataclass(frozen=True)
class Tokens:
    """What a model call used. `input` are the tokens that were neither read from nor written to a cache."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    cache_write_long: int = 0

    @property
    def all(self) -> int:
        """Tokens in and out."""
        return self.input + self.output + self.cache_read + self.cache_write + self.cache_write_long

    @property
    def kinds(self) -> dict[str, int]:
        """As the record of the call holds them."""
        return {
            "input_tokens": self.input,
            "output_tokens": self.output,
            "cache_read_tokens": self.cache_read,
            "cache_write_tokens": self.cache_write + self.cache_write_long,
        }


@dataclass(frozen=True)
class Usage:
    """What an answered call used: `spend` is settled, `tokens` by kind and `stopped` (why it ended) are recorded."""

    spend: Spend
    tokens: Mapping[str, int] = field(default_factory=dict)
    stopped: str = ""


@runtime_checkable
class Meter(Protocol):
    """What metered operations cost: `most` before the call, `used` after it.

    `most` may ask the provider, within `seconds`. It raises ConfigurationError for a model without a price, and
    PermanentError for a call without an upper bound.
    """

    def most(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> Spend: ...

    def used(self, operation: Operation, arguments: Mapping[str, Any], answer: Any) -> Usage: ...


class Prices:
    """The prices of a connector's models; those `given` by the operator's settings replace the manifest's."""

    def __init__(self, manifest: ConnectorManifest, given: str = "") -> None:
        self._manifest = manifest
        self._given = _read(given)

    def most(self, model: str, input: int, output: int, caches: bool) -> Spend:
        """The most that a call with so many tokens can use; `caches` if it writes to the provider's cache.

        Raises ConfigurationError if the price of the model is unknown, PermanentError if the prompt is too long for it.
        """
        price = self._of(model)
        if input > price.most_input:
            raise PermanentError(
                f"the prompt can have {input} tokens; the price of model {model} is known for up to {price.most_input}"
            )
        kinds = ("input", "cache_read", "cache_write", "cache_write_long") if caches else ("input", "cache_read")
        rate = max(price.of(kind) for kind in kinds)
        return Spend(1, input + output, math.ceil(rate * input + price.of("output") * output))

    def used(self, model: str, tokens: Tokens, stopped: str) -> Usage:
        """What a call used that ended because of `stopped`."""
        price = self._of(model)
        cost = sum((price.of(kind) * getattr(tokens, kind) for kind in Tokens.__dataclass_fields__), start=Decimal())
        return Usage(Spend(1, tokens.all, math.ceil(cost)), tokens.kinds, stopped)

    def _of(self, model: str) -> Price:
        price = self._given.get(model) or self._manifest.price(model)
        if price is None:
            raise ConfigurationError(no_price(self._manifest.name, model))
        return price


def no_price(connector: str, model: str) -> str:
    """What to do about a model without a price."""
    example = '{"input": "<US dollars per million tokens>", "output": "…", "checked": "<date>"}'
    return f'no price for model {model}; give one in cdk.json: "prices": {{"{connector}:{model}": {example}}}'


def tokens_by_bytes(*parts: Any) -> int:
    """An upper bound of the tokens of a prompt, from the bytes of its JSON.

    A token is at least one byte of text: tokenizers fall back to bytes. What a provider adds around the parts is in
    TOKENS_AROUND. An image counts by its size in pixels and not by its bytes: TOKENS_PER_IMAGE.
    """
    text = json.dumps([part for part in parts if part], ensure_ascii=False, separators=(",", ":"))
    return TOKENS_AROUND + len(text.encode())


def counted(answer: Any, name: str, *, missing: int | None = None) -> int:
    """A number of tokens in a provider's answer. Raises ValueError if it is none, or missing without `missing`."""
    value = answer.get(name, missing) if isinstance(answer, Mapping) else None
    value = missing if value is None else value
    if type(value) is not int or value < 0:
        raise ValueError(f"the answer has no usage {name}")
    return value


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The JSON objects in a list of an agent's arguments or a provider's answer; none of anything else."""
    found = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [one for one in found if isinstance(one, Mapping)]


def _read(given: str) -> dict[str, Price]:
    try:
        return {model: Price.read(model, price) for model, price in json.loads(given or "{}").items()}
    except (ValueError, AttributeError, ManifestError) as error:
        raise ConfigurationError(f"the prices in the settings cannot be read: {error}") from None
