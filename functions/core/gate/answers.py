"""Reduces a provider's answer to the fields that the agent gets. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def trimmed(answer: Any, keeps: Sequence[str]) -> Any:
    """The answer with only the dotted paths in `keeps`; in a list, those of each item.

    Returns the whole answer if `keeps` is empty. A path that is missing in the answer is left out.
    """
    if not keeps:
        return answer
    if isinstance(answer, list):
        return [trimmed(item, keeps) for item in answer]
    if not isinstance(answer, Mapping):
        return answer
    wanted: dict[str, list[str]] = {}
    for path in keeps:
        name, _, rest = path.partition(".")
        wanted.setdefault(name, []).extend([rest] if rest else [])
    return {name: trimmed(answer[name], rest) for name, rest in wanted.items() if name in answer}
