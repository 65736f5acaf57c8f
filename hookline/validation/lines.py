"""Finds the line of a finding in a Python text."""

import ast
from collections.abc import Iterator


def line_of(text: bytes, *words: str) -> int:
    """The line of the last of `words` in the smallest node of `text` that contains all of them.

    A word is a string, a name that is assigned, or the name of a keyword argument. If the text has no literal with
    these words, it is the line of the assignment to MANIFEST, or else the first line.
    """
    for wanted in (words, words[-1:], ("MANIFEST",)):
        nodes = ast.walk(ast.parse(text))
        holding = [node for node in nodes if set(wanted) <= {word for word, _ in _words(node)}]
        if holding:
            smallest = min(holding, key=lambda node: sum(1 for _ in ast.walk(node)))
            return next(line for word, line in _words(smallest) if word == wanted[-1])
    return 1


def _words(piece: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(piece):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
