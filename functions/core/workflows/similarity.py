"""Whether two texts say the same in other words. Pure, and bounded however long a text is.

A text is normalised (case, width, punctuation, common words, endings) to a set of words and of pairs of neighbours in
either order; two texts are as similar as these sets overlap (Jaccard). Numbers and negations must be equal: "refund 40"
is not "refund 50", and "approve" is not "do not approve". Synonyms are not found.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

# Of how many shingles a text is remembered by: exact for texts of up to about 25 words, an unbiased estimate beyond.
KEPT = 48
SAME = 0.5

_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by can could for from has have he i in is it its let me my of on or our "
        "please shall she should so still that the their them then there these they this those to us was we were will "
        "with would you your suggest propose think believe again use using",
    )
)
_NEGATIONS = frozenset({"no", "not", "never", "none", "without", "cannot", "neither", "nor"})
_ENDINGS = ("ing", "ed", "es", "s", "e")


@dataclass(frozen=True)
class Sketch:
    """What is kept of a text to compare it with others: its numbers and negations, and its smallest shingles."""

    exact: int
    shingles: tuple[int, ...]


def sketch(text: str) -> Sketch:
    """The sketch of a text."""
    folded = re.sub(r"n['’]t\b", " not", unicodedata.normalize("NFKC", text).casefold())
    found = _WORD.findall(folded)
    exact = sorted(word for word in found if word in _NEGATIONS or any(map(str.isdigit, word)))
    words = [_stem(word) for word in found if word not in _COMMON] or found
    pairs = (" ".join(sorted(pair)) for pair in zip(words, words[1:], strict=False))
    hashes = {_hash(one) for one in (*words, *pairs)}
    return Sketch(_hash(" ".join(exact)), tuple(sorted(hashes)[:KEPT]))


def similarity(one: Sketch, other: Sketch) -> float:
    """How far two texts are the same, 0 to 1. 0 if their numbers or negations differ."""
    if one.exact != other.exact:
        return 0.0
    mine, theirs = set(one.shingles), set(other.shingles)
    smallest = sorted(mine | theirs)[:KEPT]
    return len([each for each in smallest if each in mine and each in theirs]) / len(smallest) if smallest else 1.0


def same(one: Sketch, other: Sketch) -> bool:
    """Whether two texts say the same."""
    return similarity(one, other) >= SAME


def period(said: Iterable[Sketch], now: Sketch) -> int:
    """How many utterances ago `now` was said: 1 for the same again, 2 for A-B-A, 3 for A-B-C-A; 0 if never."""
    ago = (number for number, one in enumerate(reversed(tuple(said)), 1) if same(one, now))
    return next(ago, 0)


def _stem(word: str) -> str:
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), "")
    return word.removesuffix(ending)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode(errors="replace"))
