"""An agent's words as people see them: on marked rows of their own, and no more of them than fit a screen. Pure.

An agent may be taken over, and quotes what strangers wrote. Its words choose no layout: they are cleaned, each row
begins with a mark, and rows and lengths have limits, so that they neither look like a row of ours nor push one away.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from unicodedata import category, east_asian_width

from functions.core.authority.tokens import without_tokens
from functions.core.platform.money import written

MARK = "| "
WIDTH = 76  # columns of a row with its mark: most mail clients and terminals wrap later
LONGEST_QUESTION, LONGEST_WHY, LONGEST_VALUE, LONGEST_NAME = 300, 1000, 200, 60  # characters
MOST_ROWS = 40
MOST_MARKS = 2  # combining marks on one letter; more of them reach into the rows above and below

# Letters that show nothing, though Unicode counts them as letters or symbols.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
# Default-ignorable code points that are printable (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point).
_IGNORABLE = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True)
class Said:
    """The rows of what an agent says, each with its mark, and how many rows are left out."""

    rows: Sequence[str]
    left_out: int


def said(says: Mapping[str, Any]) -> Said:
    """The rows of an agent's question, reason and evidence."""
    texts = [one_line(says["question"], LONGEST_QUESTION)]
    texts += [f"why: {one_line(says['why'], LONGEST_WHY)}"] if says["why"] else []
    evidence = _values(says["evidence"])
    texts += [_line(*one) for one in islice(evidence, MOST_ROWS)]
    rows = [row for text in texts for row in marked(text)]
    return Said(rows[:MOST_ROWS], len(rows[MOST_ROWS:]) + sum(1 for _ in evidence))


def question(says: Mapping[str, Any]) -> Said:
    """The rows of an agent's question alone."""
    return Said(marked(one_line(says["question"], LONGEST_QUESTION)), 0)


def one_line(text: str, longest: int) -> str:
    """`text` on one line of at most `longest` characters: blanks collapsed, tokens and invisible letters left out."""
    letters, marks = [], 0
    for letter in text:
        marks = marks + 1 if category(letter).startswith("M") else 0
        if letter.isspace() or letter in _BLANK:
            letters.append(" ")
        elif letter.isprintable() and not _IGNORABLE.match(letter) and marks <= MOST_MARKS:
            letters.append(letter)
    line = without_tokens(" ".join("".join(letters).split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def marked(text: str) -> list[str]:
    """A line as rows that begin with the mark and are no wider than WIDTH; at least one."""
    return [f"{MARK}{row.strip()}" for row in wrapped(text, WIDTH - len(MARK))]


def wrapped(text: str, width: int) -> list[str]:
    """`text` in rows of at most `width` columns, of which a wide letter takes two; at least one row."""
    rows, row, columns = [], "", 0
    for letter in text:
        wide = 2 if east_asian_width(letter) in "WF" else 1
        if columns + wide > width:
            rows.append(row)
            row, columns = "", 0
        row, columns = row + letter, columns + wide
    return [*rows, row]


def amount(values: Mapping[str, Any]) -> str:
    """The `amount` of `values` in the minor unit of its `currency`, as people write it; "" without one."""
    minor, currency = values.get("amount"), _currency(values)
    return written(minor, currency) if type(minor) is int and currency else ""


def _values(evidence: Any) -> Iterator[tuple[str, Any, str]]:
    """Each value in the evidence: its path, itself, and the currency beside it if it is an amount, "" otherwise."""
    waiting: list[tuple[str, Any, str]] = [("", evidence, "")]
    while waiting:  # no recursion: evidence can be deep, and wide as well
        name, value, currency = waiting.pop()
        inner: list[tuple[str, Any, str]] | None = None
        if isinstance(value, Mapping):
            beside = _currency(value)
            inner = [(str(key), one, beside if "amount" in str(key) else "") for key, one in value.items()]
        elif isinstance(value, list | tuple):
            inner = [(str(number), one, "") for number, one in enumerate(value)]
        if inner is None:
            yield name, value, currency
            continue
        waiting += [(f"{name}.{key}" if name else key, one, money) for key, one, money in reversed(inner)]


def _line(name: str, value: Any, currency: str) -> str:
    if currency and type(value) is int:
        text = f"{written(value, currency)} ({value})"
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    return f"{one_line(name, LONGEST_NAME)}: {one_line(text, LONGEST_VALUE)}"


def _currency(values: Mapping[str, Any]) -> str:
    value = values.get("currency")
    return value if isinstance(value, str) and _CURRENCY.fullmatch(value) else ""
