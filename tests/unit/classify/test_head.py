"""A file of weights is read whole or refused with what is wrong."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.classify.features import NGRAM_SIZE
from functions.core.classify.head import read_head
from functions.core.platform.errors import ConfigurationError


def weights(first: int) -> str:
    """A row whose first weight is `first` and the others 0."""
    return base64.b64encode(bytes([first % 256]) + bytes(NGRAM_SIZE - 1)).decode()


GOOD = {
    "features": "ngrams",
    "intents": ["no", "yes"],
    "temperature": 2.0,
    "threshold": 0.6,
    "biases": [0.0, 0.0],
    "scales": [0.5, 0.5],
    "weights": [weights(-4), weights(4)],
}


def test_a_head_multiplies_scales_and_divides_by_the_temperature():
    """Logits -2 and 2, over 2: e / (e + 1/e)."""
    head = read_head(json.dumps(GOOD), "w.json")
    assert head.probabilities({0: 1.0})["yes"] == pytest.approx(0.880797)
    assert head.probabilities({}) == {"no": 0.5, "yes": 0.5}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"features": "words"}, "words"),
        ({"intents": ["yes"]}, "not one row"),
        ({"intents": ["yes", "yes"]}, "at least two intents"),
        ({"biases": [0.0]}, "not one row"),
        ({"scales": [0.5, "a"]}, "not a finite number"),
        ({"temperature": 0}, "temperature is not above 0"),
        ({"threshold": float("nan")}, "not a finite number"),
        ({"threshold": 1.5}, "threshold is not from 0 to 1"),
        ({"weights": [weights(1), "AAAA"]}, f"not {NGRAM_SIZE} weights"),
        ({"weights": [weights(1), "!"]}, "Error"),
        ({"weights": None}, "not a list"),
    ],
)
def test_a_value_that_is_wrong_is_named(change, reason):
    """With the file, and how to write a good one."""
    with pytest.raises(ConfigurationError, match=r"w\.json holds no weights of a classifier") as raised:
        read_head(json.dumps(GOOD | change), "w.json")
    assert reason in str(raised.value) and "bench/train_classifier.py" in str(raised.value)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_other_json_is_refused(found):
    """Nothing but ConfigurationError."""
    with pytest.raises(ConfigurationError):
        read_head(json.dumps(found), "w.json")
