"""The lines of functions' logs, from the events of CloudWatch Logs: a JSON object each, or text of the runtime."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

_STARTS = re.compile(r"START RequestId: (\S+)")
# What Lambda writes about an invocation itself.
_PLATFORM = re.compile(r"(END RequestId:|REPORT RequestId:|INIT_START |XRAY TraceId:)")
_TRACEBACK = "Traceback (most recent call last)"
_FAILS = re.compile(r"\[ERROR\]|Task timed out|Worker |Runtime\.")
_OWN = ("level", "message", "timestamp", "service", "location", "identity", "event", "correlation", "causation")


@dataclass(frozen=True)
class Raw:
    """An event of CloudWatch Logs; `at` is in unix seconds, `stream` the log stream of `identity`'s log group."""

    identity: str
    stream: str
    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """One line of the log of `identity`; `at` is in unix seconds.

    `event` and `correlation` are the event that it is about and the first event of its tree, `causation` is the parent
    of `event`; "" if unknown. `fields` has what else the line says, `traceback` the text of one. Lines of one
    `invocation` of a function have the same text there.
    """

    at: float
    identity: str
    level: str
    message: str
    event: str = ""
    correlation: str = ""
    causation: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    traceback: str = ""
    invocation: str = ""


def lines(raws: Iterable[Raw]) -> list[Line]:
    """The lines in the events of one or several log groups, in order of time.

    A line without an event's id has that of its invocation, if all others there are about one event.
    """
    streams: dict[tuple[str, str], list[Raw]] = {}
    for raw in raws:
        streams.setdefault((raw.identity, raw.stream), []).append(raw)
    found = [line for stream in streams.values() for line in _with_events(list(_lines(stream)))]
    return sorted(found, key=lambda line: line.at)


def _lines(stream: Sequence[Raw]) -> Iterator[Line]:
    """The lines of one stream; the lines of a text that follow each other are one."""
    text: list[Raw] = []
    invocation = ""
    for raw in stream:
        started, parsed = _STARTS.match(raw.text), _json(raw.text)
        if not started and not parsed and not _PLATFORM.match(raw.text):
            if raw.text.strip():
                text.append(raw)
            continue
        if text:
            yield _text(text, invocation)
            text = []
        if started:
            invocation = f"{raw.stream} {started[1]}"
        if parsed and "_aws" not in parsed:  # that is a metric in the embedded metric format
            yield _structured(raw, parsed, invocation)
    if text:
        yield _text(text, invocation)


def _structured(raw: Raw, parsed: Mapping[str, Any], invocation: str) -> Line:
    fields = {name: value for name, value in parsed.items() if name not in (*_OWN, "traceback")}
    # The recorder and the verifier log about other identities.
    about = parsed.get("identity")
    if about not in (None, raw.identity):
        fields["identity"] = about
    return Line(
        _time(parsed.get("timestamp"), raw.at),
        raw.identity,
        str(parsed.get("level", "INFO")),
        str(parsed.get("message", "")),
        event=str(parsed.get("event", "")),
        correlation=str(parsed.get("correlation", "")),
        causation=str(parsed.get("causation", "")),
        fields=fields,
        traceback=str(parsed.get("traceback", "")),
        invocation=invocation,
    )


def _text(raws: Sequence[Raw], invocation: str) -> Line:
    whole = "\n".join(raw.text.rstrip() for raw in raws)
    written = whole.splitlines()
    if _TRACEBACK in whole:  # its last line says what went wrong
        return Line(raws[0].at, raws[0].identity, "ERROR", written[-1], traceback=whole, invocation=invocation)
    level = "ERROR" if _FAILS.match(whole) else "INFO"
    return Line(raws[0].at, raws[0].identity, level, " ".join(written), invocation=invocation)


def _with_events(found: list[Line]) -> list[Line]:
    about: dict[str, set[tuple[str, str]]] = {}
    for line in found:
        if line.event:
            about.setdefault(line.invocation, set()).add((line.event, line.correlation))
    only = {invocation: one for invocation, (one, *others) in about.items() if invocation and not others}
    return [
        replace(line, event=only[line.invocation][0], correlation=only[line.invocation][1])
        if not line.event and line.invocation in only
        else line
        for line in found
    ]


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _time(text: Any, default: float) -> float:
    """The unix seconds of a time like 2026-11-28 14:39:48,635+0000."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
    except (TypeError, ValueError):
        return default
