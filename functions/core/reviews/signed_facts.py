"""What is verified of a review, as rows for people. Pure.

The connector signed the action, what it acts on, the state that it meets and the amounts; the grant names the entities.

The agent chose the arguments, so their text is spelled out in ASCII: nothing in it is hidden, and no run of blanks lets
it begin where a row of ours would.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.authority.tokens import without_tokens

YOURSELF = "none: you do yourself what needs doing"
LONGEST = 200  # characters of a value where the rows are repeated
MOST_ROWS = 30  # where they are repeated

_BARE = re.compile(r"[\w.:/@+-]+", re.ASCII)
_BLANKS = re.compile(r"(?<= ) +")

Row = tuple[str, str]


def facts(review: Mapping[str, Any]) -> list[Row]:
    """All rows of a review as `shown` returns it: the name and the whole value of each."""
    return list(_rows(review))


def repeated(review: Mapping[str, Any]) -> list[Row]:
    """The same rows for the end of what people read: values are cut, and the longest come last.

    Cut values say so, and so do rows that are left out.
    """
    first, *others = _rows(review)
    rows = [first, *sorted(others, key=lambda row: len(row[1]) > LONGEST)]
    left_out = len(rows) - MOST_ROWS
    return [
        *((name, _cut(value)) for name, value in rows[:MOST_ROWS]),
        *([("…", f"{left_out} more, all shown above")] if left_out > 0 else []),
    ]


def amount(review: Mapping[str, Any]) -> str:
    """The first amount that the connector signed, of the action before the state; "" without one."""
    amounts = review["amounts"]
    return next((text for where in ("action", "state") for text in amounts.get(where, {}).values()), "")


def spelled(value: Any) -> str:
    """A value on one line, as JSON in ASCII; a plain word stands without quotes."""
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    # JSON does not escape DEL, and \u0020 is a blank.
    text = without_tokens(json.dumps(value)).replace("\x7f", "\\u007f")
    return _BLANKS.sub(lambda blanks: "\\u0020" * len(blanks[0]), text)


def _rows(review: Mapping[str, Any]) -> Iterator[Row]:
    action, amounts = review["action"], review["amounts"]
    yield "action", f"{action['connector']} {action['operation']}" if action else YOURSELF
    if review["entity"]:
        yield "on", spelled(review["entity"])
    yield from _named("with", action["arguments"] if action else {}, amounts.get("action", {}))
    yield from _named("state", review["state"], amounts.get("state", {}))
    yield "about", ", ".join(map(spelled, review["entities"]))


def _named(what: str, values: Mapping[str, Any], amounts: Mapping[str, str]) -> Iterator[Row]:
    for name, value in values.items():
        text = spelled(value)
        yield f"{what} {spelled(name)}", f"{amounts[name]} ({text})" if name in amounts else text


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}… (cut: {len(value):,} characters, shown above)"
