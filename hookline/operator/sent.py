"""The last delivery to each source that 'hookline send' has sent to the local stack, to send it again."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hookline.operator.errors import OperatorError
from hookline.testing import fixtures


def remember(state: Path, source: str, words: Sequence[str]) -> None:
    """Store the arguments of `hookline send` that send the last delivery of `source` again, with new ids."""
    kept = {name: list(one) for name, one in last(state).items() if name != source}
    fresh = _file(state).with_suffix(".new")
    fresh.write_text(json.dumps({**kept, source: list(words)}))
    fresh.replace(_file(state))


def last(state: Path) -> Mapping[str, Sequence[str]]:
    """The stored arguments by source, the latest last."""
    try:
        found: dict[str, list[str]] = json.loads(_file(state).read_text())
    except (OSError, ValueError):
        return {}
    return found


def offered(state: Path, sources: Sequence[str]) -> list[Sequence[str]]:
    """The arguments for each of `sources`: its last delivery, the latest first, or else its first fixture."""
    kept = last(state)
    again = [kept[name] for name in reversed(list(kept)) if name in sources]
    return [*again, *(words for name in sorted(sources) if name not in kept for words in _first_fixture(name))]


def _first_fixture(source: str) -> list[Sequence[str]]:
    try:
        return [[source, fixtures.load(source).name]]
    except OperatorError:  # it has none
        return []


def _file(state: Path) -> Path:
    return state / "sent.json"
