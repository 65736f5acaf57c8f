"""What the operator's settings let a link lead to. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.platform.errors import ConfigurationError


@dataclass(frozen=True)
class Rule:
    """What a link may lead to: entities of kind `to`, and those of the kinds in `with_` that came with it.

    `operations` ("stripe:charge.retrieve") are those that may act on them. A kind includes its tenant.
    """

    to: str
    operations: Sequence[str]
    with_: Sequence[str] = ()


@dataclass(frozen=True)
class Rules:
    """The operator's rules, by the kind of the entity that a link leads from. Without a rule there is no link."""

    of: Mapping[str, Rule] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Rules":
        """Read them from the connector's environment. Raises ConfigurationError if they are malformed."""
        try:
            given = json.loads(text or "{}")
            return cls({kind: rule_of(one) for kind, one in given.items()})
        except (ValueError, AttributeError) as error:
            raise ConfigurationError(f"the links that the settings allow cannot be read: {error}") from None


def rule_of(given: object) -> Rule:
    """A rule of the settings: {"to": …, "with": […], "operations": […]}. Raises ValueError for anything else."""
    if not isinstance(given, Mapping) or set(given) - {"with"} != {"to", "operations"}:
        raise ValueError(f"{given!r} is not an object of to, operations and with")
    lists = [given["operations"], given.get("with", [])]
    texts = all(isinstance(one, list) and all(isinstance(text, str) for text in one) for one in lists)
    if not isinstance(given["to"], str) or not texts or not given["operations"]:
        raise ValueError(f"{given!r}: to is a kind of entity, operations and with are lists of texts")
    return Rule(given["to"], tuple(given["operations"]), tuple(given.get("with", [])))
