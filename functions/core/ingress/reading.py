"""Reads the raw events in a delivery's body, at the paths of a source's `Reading`."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from functions.core.ingress.delivery import RawEvent
from functions.core.manifests.source import Reading
from functions.core.platform.errors import UnreadableBody
from functions.core.platform.nesting import DEEPEST, deeper_than
from functions.core.platform.paths import at

FORM = "application/x-www-form-urlencoded"
MOST_RAW_EVENTS = 1000
LONGEST_NAME = 256
# Larger Unix times than this one, which is in the year 5138, are milliseconds.
MILLISECONDS_FROM = 1e11


def raw_events(body: bytes, headers: Mapping[str, str], reading: Reading, pings: Sequence[str] = ()) -> list[RawEvent]:
    """The raw events of a delivery; `headers` are in lower case. Raw events of a type in `pings` need no id.

    Raises UnreadableBody for a body that is not as `reading` describes it, or that cannot be written as JSON again.
    """
    content = _parse(body, headers)
    items = [content] if reading.items is None else _list(at(content, reading.items))
    return [_raw_event(item, headers, reading, pings) for item in items]


def _raw_event(item: Any, headers: Mapping[str, str], reading: Reading, pings: Sequence[str]) -> RawEvent:
    if not isinstance(item, dict):
        raise UnreadableBody("a raw event is not an object")
    raw_type = ".".join(_words(item, headers, reading.type))
    id = None if raw_type in pings else "/".join(_words(item, headers, reading.id)) or None
    return RawEvent(id=id, raw_type=raw_type, body=item, time=_time(at(item, reading.time)) if reading.time else None)


def _parse(body: bytes, headers: Mapping[str, str]) -> Any:
    if headers.get("content-type", "").split(";")[0].strip().lower() == FORM:
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=1000))
        except ValueError:
            raise UnreadableBody("the body is not a form") from None
    try:
        content = json.loads(body)
        if deeper_than(content, DEEPEST):
            raise UnreadableBody(f"the body is nested more than {DEEPEST} deep")
        # NaN is not JSON and would fail later, on our side. Half of a surrogate pair, a cut emoji, becomes "?".
        text = json.dumps(content, allow_nan=False, ensure_ascii=False)
        return content if _is_unicode(text) else json.loads(text.encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not JSON: {type(error).__name__}") from None


def _is_unicode(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def _words(item: Any, headers: Mapping[str, str], paths: Sequence[str]) -> list[str]:
    found = [(path, _find(item, headers, path)) for path in paths]
    return [_word(value, path) for path, value in found if value is not None or not path.endswith("|")]


def _find(item: Any, headers: Mapping[str, str], path: str) -> Any:
    for way in filter(None, path.split("|")):
        name = way.removeprefix("header:")
        value = headers.get(name) if name != way else at(item, way)
        if value is not None:
            return value
    return None


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_RAW_EVENTS:
        raise UnreadableBody(f"the body holds no list of 1 to {MOST_RAW_EVENTS} raw events")
    return value


def _word(value: Any, path: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise UnreadableBody(f"{path} is not a name of 1 to {LONGEST_NAME} characters")
    return value


def _time(value: Any) -> str | None:
    """RFC 3339 in UTC from unix seconds, unix milliseconds or ISO 8601; None for anything else."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
        else:
            moment = datetime.fromtimestamp(value / 1000 if value >= MILLISECONDS_FROM else value, UTC)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError, OSError):
        return None
