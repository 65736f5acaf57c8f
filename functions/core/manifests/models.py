"""The models of a connector: what its role may do for each, and what each costs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from functions.core.manifests.aws_access import AwsAccess
from functions.core.manifests.checks import require, require_list, require_text

# The id of a model at its provider: an id, the id of a profile, or an ARN.
MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,399}", re.ASCII)


@dataclass(frozen=True)
class Models:
    """The models whose ids match `pattern`, a regular expression.

    `aws` is what the connector's role allows for each of them that a deployed agent declares; a named group of the
    pattern fills its name in braces in the resources and conditions. `form` says what such an id is.
    """

    form: str
    pattern: str
    aws: Sequence[AwsAccess] = ()

    def __post_init__(self) -> None:
        require_text("models form", self.form)
        require_list("models aws", self.aws, AwsAccess)
        try:
            re.compile(self.pattern)
        except (re.error, TypeError):
            require(False, f"models pattern {self.pattern!r}: not a regular expression")

    def access(self, model: str) -> list[AwsAccess] | None:
        """What the role allows for `model`; None if its id does not match."""
        found = re.fullmatch(self.pattern, model)
        return [one.filled(found.groupdict("")) for one in self.aws] if found else None


@dataclass(frozen=True)
class Price:
    """What a model costs, in US dollars per million tokens, as texts like "0.25".

    `input` is of tokens that are neither read from nor written to a cache; `cache_write_long` is of those that are
    kept longer than the provider's default. A missing cache price is that of `input`. The price holds for prompts of
    up to `most_input` tokens. `checked` is the date (ISO 8601) on which it stood at the address `source`.
    """

    models: Sequence[str]
    input: str
    output: str
    checked: str
    source: str
    cache_read: str = ""
    cache_write: str = ""
    cache_write_long: str = ""
    most_input: int = 10_000_000

    def __post_init__(self) -> None:
        named = require_list("price models", self.models, str)
        what = f"price of {', '.join(self.models) or 'no model'}" if named else "price"
        require(self.models, f"{what}: name its models")
        for name in ("input", "output", "cache_read", "cache_write", "cache_write_long"):
            value = getattr(self, name)
            needed = name in ("input", "output")
            good = _is_amount(value) or (not needed and value == "")
            require(good, f"{what}: {name} {value!r}: US dollars per million tokens as a text like '0.25'")
        try:
            date.fromisoformat(self.checked)
        except (ValueError, TypeError):
            require(False, f"{what}: checked {self.checked!r}: a date like '2026-11-28'")
        require_text(f"{what}: source", self.source)
        whole = type(self.most_input) is int and self.most_input >= 1
        require(whole, f"{what}: most_input {self.most_input!r}: a whole number from 1")

    @classmethod
    def read(cls, model: str, given: Any) -> "Price":
        """The price of `model` in the operator's settings, an object of this class's fields. Raises ManifestError."""
        what = f"price of {model}: {given!r}"
        require(isinstance(given, Mapping), f'{what} is not an object like {{"input": "0.25", "output": "1.25", …}}')
        known = {"input", "output", "cache_read", "cache_write", "cache_write_long", "most_input", "checked", "source"}
        strange = sorted(map(str, set(given) - known))
        require(not strange, f"{what} has {', '.join(strange)}; it takes {', '.join(sorted(known))}")
        missing = sorted({"input", "output", "checked"} - set(given))
        require(not missing, f"{what} lacks {', '.join(missing)}")
        return cls([model], **{"source": "the operator's settings", **given})

    def of(self, kind: str) -> Decimal:
        """The price of one kind of tokens in US dollars per million, which is millionths of a dollar per token."""
        chain = {"cache_write_long": ("cache_write_long", "cache_write", "input"), "output": ("output",)}
        names = chain.get(kind, (kind, "input"))
        return Decimal(next(value for name in names if (value := getattr(self, name))))


def _is_amount(value: object) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite() and Decimal(value) >= 0
    except InvalidOperation:
        return False
