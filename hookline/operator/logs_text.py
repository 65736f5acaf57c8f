"""Shows the lines of logs to people: coloured by identity, with the user's own part of a traceback."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zlib import crc32

from rich.text import Text

from functions.core.platform.times import rfc3339
from hookline.operator.logs import Line

COLOURS = ("cyan", "magenta", "green", "blue", "yellow", "bright_cyan", "bright_magenta", "bright_green", "bright_blue")
LEVELS = {"WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold red"}
WIDTH = 20  # characters of an identity; longer ones are not cut
LONGEST = 300  # characters of a field
# What a person does not look for in a line: ids for machines, and digests.
UNSHOWN = ("id", "at", "digests", "policies", "xray_trace_id", "seq", "hash", "queue")
_FRAME = re.compile(r'( *)File "([^"]*)", line (\d+), in (.*)')
_PLUGIN = re.compile(r"functions/(agents|events|providers)/")


def text_of(line: Line) -> Iterator[Text]:
    """The line, and those of its traceback; its text is not escaped yet."""
    at = datetime.fromtimestamp(line.at).strftime("%H:%M:%S.%f")[:-3]
    colour = COLOURS[crc32(line.identity.encode()) % len(COLOURS)]
    shown = Text.assemble(
        (f"{at}  ", "dim"),
        (f"{line.identity:{WIDTH}} ", colour),
        (f"{line.level:8}", LEVELS.get(line.level, "dim")),
        line.message,
        overflow="fold",
    )
    for name, value in line.fields.items():
        if name not in UNSHOWN:
            shown.append(f"  {name}=", "dim").append(_short(value))
    if line.event:
        shown.append(f"  [{line.event}]", "dim")
    yield shown
    for part in own_part(line.traceback):
        yield Text(f"    {part}", "red", overflow="fold")


def json_of(line: Line) -> dict[str, Any]:
    """The line as one JSON object; `at` is RFC 3339 in UTC, and fields without a value are left out."""
    whole = {
        "at": rfc3339(line.at),
        "identity": line.identity,
        "level": line.level,
        "message": line.message,
        "event": line.event,
        "correlation": line.correlation,
        "causation": line.causation,
        "fields": dict(line.fields),
        "traceback": line.traceback,
    }
    return {name: value for name, value in whole.items() if value}


def own_part(traceback: str) -> list[str]:
    """The lines of a traceback without the frames outside of plugins, whose files are named as in the project.

    All of it, if no frame is in a plugin.
    """
    frames: list[list[str]] = [[]]
    for line in traceback.rstrip().splitlines():
        if frame := _FRAME.match(line):
            indent, file, number, where = frame.groups()
            frames.append(
                [f"{indent}{file[file.rfind('functions/') :] if 'functions/' in file else file}:{number} in {where}"]
            )
        elif line and not line.startswith(" "):
            frames.append([line])
        else:
            frames[-1].append(line)
    plugin = any(_PLUGIN.search(frame[0]) for frame in frames if frame and frame[0].startswith(" "))
    kept = [
        frame for frame in frames if frame and (not plugin or not frame[0].startswith(" ") or _PLUGIN.search(frame[0]))
    ]
    return [line for frame in kept for line in frame]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def texts(lines: Iterable[Line]) -> Iterator[Text]:
    """The texts of several lines."""
    for line in lines:
        yield from text_of(line)
