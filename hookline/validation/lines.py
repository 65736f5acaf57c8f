"""Finds the line of a finding in a Python text."""

import ast
import re
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


def line_in(call: ast.AST, message: str) -> int:
    """The line of what `message` is about, in the call that it is about: of the last name or value in its first part.

    Without one, it is the first line of the call.
    """
    head = message.partition(": ")[0]
    owned = re.sub(r" of '[^']*'$", "", head)  # "source 'x' of 'y'" is about 'x'
    found = {word: at for word, _ in _words(call) if (at := _position(word, owned)) >= 0}
    words = sorted(found, key=lambda word: (found[word], len(word)))[-2:]
    for wanted in (words, words[-1:]):
        holding = [node for node in ast.walk(call) if wanted and set(wanted) <= {word for word, _ in _words(node)}]
        if holding:
            smallest = min(holding, key=lambda node: sum(1 for _ in ast.walk(node)))
            return next(line for word, line in _words(smallest) if word == wanted[-1])
    return getattr(call, "lineno", 1)


def _position(word: str, text: str) -> int:
    """Where `text` has the word by itself, -1 if it does not."""
    if not word:
        return text.rfind("''")
    places = [found.start() for found in re.finditer(rf"(?<![\w.'-]){re.escape(word)}(?![\w'-])", text)]
    return max([*places, text.rfind(f"'{word}'")])


def _words(piece: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(piece):
        if isinstance(node, ast.Constant):
            yield node.value if isinstance(node.value, str) else repr(node.value), node.lineno
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
