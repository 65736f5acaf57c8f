"""What of a provider's answer goes to the agent. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def trimmed(answer: Any, keeps: Sequence[str]) -> Any:
    """The answer with the dotted paths in `keeps` and nothing else; a list on the way keeps them of each item.

    Everything where `keeps` is empty. A path that the answer does not have is left out.
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
