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
    whole = {path for path in keeps if "." not in path}
    wanted: dict[str, list[str]] = {name: [] for name in whole}
    for path in keeps:
        name, _, rest = path.partition(".")
        if name not in whole:
            wanted.setdefault(name, []).append(rest)
    return {name: trimmed(answer[name], rest) for name, rest in wanted.items() if name in answer}
