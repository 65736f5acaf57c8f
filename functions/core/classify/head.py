"""A linear head: features to a probability for each intent. Pure, and read from a file of JSON."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.classify.features import BY_NAME, SIZES
from functions.core.platform.errors import ConfigurationError


@dataclass(frozen=True)
class Head:
    """`weights` has a row of signed bytes for each intent, one byte for each feature, times the row's `scales`.

    Logits are divided by `temperature`, which was fitted on validation texts; under `threshold` an answer is unsure.
    """

    features: str
    intents: tuple[str, ...]
    weights: tuple[memoryview, ...]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    temperature: float
    threshold: float

    def probabilities(self, features: Mapping[int, float]) -> dict[str, float]:
        """The probability of each intent; they add up to 1."""
        rows = zip(self.weights, self.scales, self.biases, strict=True)
        logits = [
            (bias + scale * sum(row[index] * value for index, value in features.items())) / self.temperature
            for row, scale, bias in rows
        ]
        highest = max(logits)
        powers = [math.exp(logit - highest) for logit in logits]
        total = sum(powers)
        return {intent: power / total for intent, power in zip(self.intents, powers, strict=True)}


def read_head(content: str, where: str) -> Head:
    """The head in `content`, which is in the file `where`. Raises ConfigurationError if it is not one."""
    try:
        return _read(json.loads(content))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise ConfigurationError(
            f"{where} holds no weights of a classifier ({type(error).__name__}: {error}): "
            "write it with bench/train_classifier.py"
        ) from error


def _read(found: Mapping[str, object]) -> Head:
    features, size = str(found["features"]), SIZES[str(found["features"])]
    intents = _list(found["intents"])
    rows = [base64.b64decode(str(row), validate=True) for row in _list(found["weights"])]
    head = Head(
        features=features,
        intents=tuple(str(intent) for intent in intents),
        weights=tuple(memoryview(row).cast("b") for row in rows),
        scales=_numbers(found["scales"]),
        biases=_numbers(found["biases"]),
        temperature=_number(found["temperature"]),
        threshold=_number(found["threshold"]),
    )
    if {len(head.weights), len(head.scales), len(head.biases)} != {len(intents)} or len(set(head.intents)) < 2:
        raise ValueError("not one row, scale and bias for each of at least two intents")
    if {len(row) for row in head.weights} != {size} or features not in BY_NAME:
        raise ValueError(f"not {size} weights for each intent")
    if head.temperature <= 0 or not 0 <= head.threshold <= 1:
        raise ValueError("temperature is not above 0, or threshold is not from 0 to 1")
    return head


def _list(found: object) -> list[object]:
    if not isinstance(found, list):
        raise TypeError("not a list")
    return found


def _numbers(found: object) -> tuple[float, ...]:
    return tuple(_number(one) for one in _list(found))


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise ValueError(f"{found!r} is not a finite number")
    return float(found)
