"""How deep a value from outside may be nested: what is deeper cannot be written again, or crashes what reads it."""

from typing import Any

DEEPEST = 100


def deeper_than(content: Any, levels: int) -> bool:
    """Whether lists and objects are nested more than `levels` deep, without recursion."""
    layer = [content]
    for _ in range(levels):
        layer = [
            inner
            for value in layer
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True
