"""Renders the console's templates. Everything that a template prints is escaped, whatever it is."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from functions.core.reviews.signed_facts import spelled
from hookline.operator.terminal import plain
from hookline.operator.times import ago, clock_time, until

HERE = Path(__file__).parent
DEEP = 200_000  # characters of a JSON text that is shown; the rest is cut, and said


def environment(clock: Callable[[], float]) -> Environment:
    """The templates of all pages, with the filters that they use; `clock` says the time in unix seconds."""
    made = Environment(
        loader=FileSystemLoader([HERE / "templates", HERE / "pages"]),
        autoescape=True,
        finalize=_printed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "json": _json,
        "lines": _lines,
        "spelled": spelled,
        "stamp": lambda at: f"{seconds(at):.3f}",
        "ago": lambda at: ago(clock() - seconds(at)),
        "until": lambda at: until(seconds(at) - clock()),
        "when": lambda at: clock_time(seconds(at)),
    }
    made.filters |= {"span": _span, "told": _told}
    return made


def seconds(at: str | float) -> float:
    """The unix seconds of a time of a record."""
    if isinstance(at, int | float):
        return float(at)
    try:
        found = datetime.fromisoformat(at)
    except ValueError:  # a function writes its own records
        return 0.0
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _printed(value: Any) -> Any:
    """A value as a template prints it: without tokens, and with control characters and the like spelled out."""
    if isinstance(value, Markup):
        return value
    return plain(value if isinstance(value, str) else "" if value is None else str(value))


def _span(milliseconds: float) -> str:
    """A time span as people read it: 12 ms, 3.4 s, 5 min."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 120_000 else f"{milliseconds / 60_000:.0f} min"


def _told(text: str) -> str:
    """What a member of a workflow answered: the members of its JSON object in words, or the text if it is no object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, dict):
        return text
    values = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in found.items()}
    return "; ".join(f"{name} {value}" for name, value in values.items())


def _json(value: Any) -> Markup:
    """A value as indented JSON."""
    return _lines(json.dumps(value, indent=2, ensure_ascii=False, default=_plain_mapping))


def _lines(text: str) -> Markup:
    """A text of several lines for a `pre`."""
    cut = f"\n… cut: {len(text) - DEEP:,} more characters" if len(text) > DEEP else ""
    return Markup("\n").join(escape(plain(line)) for line in (text[:DEEP] + cut).split("\n"))


def _plain_mapping(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
