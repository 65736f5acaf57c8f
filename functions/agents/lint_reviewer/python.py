"""Faults of Python code, by pyflakes: what is wrong whatever the project's style is. Pure."""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyflakes import checker, messages

from functions.api.changes import ChangedFile, Finding, Severity, quoted

_NOQA = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyflakes:\s*ignore)\b", re.IGNORECASE)
# Names of Python 2, which code for both versions uses where it does not run.
_PYTHON_2 = ("basestring", "cmp", "file", "long", "raw_input", "reduce", "reload", "unichr", "unicode", "xrange")
_CHANGES = ("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update")
_REEXPORTS = ("__init__.py", "conftest.py", ".pyi")


@dataclass(frozen=True)
class _Kind:
    rule: str
    severity: Severity
    message: str  # with {0} for the first name of pyflakes' message
    reason: str


_CALL_FAILS = "The expression raises an exception each time it runs."
_KINDS: Mapping[type[messages.Message], _Kind] = {
    messages.UndefinedName: _Kind(
        "undefined-name", "high", "{0} is not defined.", "The line raises a NameError when it runs."
    ),
    messages.UndefinedLocal: _Kind(
        "undefined-local", "high", "{0} is used before it is assigned.", "The line raises an UnboundLocalError."
    ),
    messages.UndefinedExport: _Kind(
        "undefined-export", "high", "{0} is in `__all__` and is not defined.", "An import of everything fails."
    ),
    messages.DuplicateArgument: _Kind(
        "duplicate-argument", "high", "The argument {0} is there twice.", "The module cannot be imported."
    ),
    messages.ReturnOutsideFunction: _Kind(
        "return-outside-function", "high", "A `return` outside of a function.", "The module cannot be imported."
    ),
    messages.PercentFormatPositionalCountMismatch: _Kind(
        "format-arguments", "high", "The format has another number of places than values.", _CALL_FAILS
    ),
    messages.PercentFormatMissingArgument: _Kind(
        "format-arguments", "high", "The format names {0}, which has no value.", _CALL_FAILS
    ),
    messages.PercentFormatInvalidFormat: _Kind("format-arguments", "high", "The format is not valid.", _CALL_FAILS),
    messages.StringDotFormatMissingArgument: _Kind(
        "format-arguments", "high", "The format names {0}, which has no value.", _CALL_FAILS
    ),
    messages.StringDotFormatInvalidFormat: _Kind("format-arguments", "high", "The format is not valid.", _CALL_FAILS),
    messages.RaiseNotImplemented: _Kind(
        "raise-notimplemented", "high", "`NotImplemented` is raised.", "It is no exception: `NotImplementedError` is."
    ),
    messages.IsLiteral: _Kind(
        "is-literal", "high", "A literal is compared by identity.", "Equal values can be different objects: write `==`."
    ),
    messages.AssertTuple: _Kind(
        "assert-tuple", "high", "The assertion is on a tuple.", "A tuple that is not empty is true: it never fails."
    ),
    messages.IfTuple: _Kind("if-tuple", "high", "The condition is a tuple.", "A tuple that is not empty is true."),
    messages.MultiValueRepeatedKeyLiteral: _Kind(
        "duplicate-key", "high", "The key {0} has two values.", "The last one wins, and the other is lost."
    ),
    messages.RedefinedWhileUnused: _Kind(
        "redefined", "medium", "{0} is defined again before it is used.", "The first definition is lost."
    ),
    messages.UnusedImport: _Kind(
        "unused-import", "low", "{0} is imported and not used.", "It can be removed; it costs time at each start."
    ),
    messages.UnusedVariable: _Kind(
        "unused-variable", "low", "{0} is assigned and not used.", "Either it can be removed, or its use is missing."
    ),
}


def python_findings(file: ChangedFile, outsiders: bool) -> Iterator[Finding]:
    """What pyflakes finds in the file's new text. A file that this interpreter cannot parse has no findings here.
    Raises RecursionError or MemoryError if it is nested too deep.

    A comment such as `# noqa` silences its line, unless `outsiders` can have written it.
    """
    text = file.new or ""
    # A carriage return alone ends a line of Python, and none of git's, whose lines have the comments.
    places = [place for place, line in enumerate(text.split("\n"), 1) for _ in range(1 + line[:-1].count("\r"))]
    for one in _found(file, text, outsiders):
        yield replace(one, line=places[min(one.line, len(places)) - 1])


def _found(file: ChangedFile, text: str, outsiders: bool) -> Iterator[Finding]:
    try:
        tree = _tree(text)
        found = checker.Checker(tree, filename=file.path).messages
        shared = list(_shared_defaults(tree))
        # "from a import b as b" says that b is for others.
        aliases = [one for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names]
        exported = {one.name for one in aliases if one.asname == one.name}
    except (SyntaxError, ValueError):
        return
    reason = "All calls share it: what one call adds, the next one sees."
    for name, line in shared:
        message = f"The default of {quoted(name)} is changed by the function."
        yield Finding("mutable-default", file.path, line, "medium", message, reason)
    lines = re.split(r"\r\n|\r|\n", text)
    seen: set[tuple[str, object]] = set()
    last = {(type(one), _name(one)): one.lineno for one in sorted(found, key=lambda one: int(one.lineno))}
    misspelt = any(isinstance(message, messages.UndefinedName) for message in found)
    for message in sorted(found, key=lambda one: (one.lineno, one.col)):
        kind = _KINDS.get(type(message))
        if kind is None or (not outsiders and _NOQA.search((lines[message.lineno - 1 :] or [""])[0])):
            continue
        if kind.rule == "unused-import" and (
            file.path.endswith(_REEXPORTS) or _name(message).rpartition(".")[2] in exported
        ):
            continue
        if _name(message) in _PYTHON_2 or (kind.rule == "undefined-export" and "globals()" in text):
            continue
        if kind.rule == "unused-variable" and misspelt:  # the same typo, seen from its other side
            continue
        name = _name(message)
        # A repeated key is reported at each of its places, and a finding is the last one's.
        line = last[type(message), name] if kind.rule == "duplicate-key" else message.lineno
        if (kind.rule, name if kind.rule == "duplicate-key" else (name, line)) in seen:
            continue
        seen.add((kind.rule, name if kind.rule == "duplicate-key" else (name, line)))
        yield Finding(
            kind.rule, file.path, line, kind.severity, kind.message.format(quoted(name).replace("{", "(")), kind.reason
        )


def _shared_defaults(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The arguments, with the line of their default, whose default is an object that the function itself changes."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        pairs = [
            *zip(reversed(positional), reversed(given.defaults), strict=False),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        fresh = {a.arg: d for a, d in pairs if isinstance(d, ast.List | ast.Dict | ast.Set)}
        if not fresh:
            continue
        # A name that is bound again in the function may stand for another object.
        bound = {one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        changed = {name for statement in function.body for one in ast.walk(statement) for name in _changed(one)}
        yield from ((name, fresh[name].lineno) for name in sorted((changed & set(fresh)) - bound))


def _changed(node: ast.AST) -> Iterator[str]:
    """The name whose object the node changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        target: ast.expr = node.func.value
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        target = node.value
    else:
        return
    if isinstance(target, ast.Name):
        yield target.id


def parses(text: str) -> bool:
    """Whether this interpreter can parse the text, or cannot tell because it is nested too deep."""
    try:
        _tree(text)
    except SyntaxError:
        return False
    except (ValueError, RecursionError, MemoryError):
        return True
    return True


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of strange escapes in others' code, which would go to our log
        return ast.parse(text)


def _name(message: Any) -> str:
    return str(message.message_args[0]) if message.message_args else ""
