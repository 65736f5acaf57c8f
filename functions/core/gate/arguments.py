"""Checks an operation's arguments against its manifest. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from functions.core.manifests.arguments import Argument, Flag, Json, ListOf, Number, Object, Text
from functions.core.manifests.operation import Operation
from functions.core.platform.errors import PermanentError


def check_arguments(operation: Operation, arguments: Mapping[str, Any]) -> None:
    """Raise PermanentError if an argument is unknown, missing, or not what the operation declares."""
    if unknown := sorted(set(arguments) - set(operation.arguments)):
        raise PermanentError(f"{operation.name} does not take {', '.join(unknown)}")
    if missing := [name for name in operation.required if name not in arguments]:
        raise PermanentError(f"{operation.name} needs {', '.join(missing)}")
    if any(arguments[name] == "" for name in operation.parameters):
        raise PermanentError(f"{operation.name} needs {', '.join(operation.parameters)}, and one of them is empty")
    for name, value in arguments.items():
        if wrong := _wrong(operation.arguments[name], value, name):
            raise PermanentError(f"{operation.name}: {wrong}")


def _wrong(kind: Argument, value: Any, path: str) -> str:
    """What is wrong with a value, "" if nothing is. The value itself is never quoted."""
    match kind:
        case Text():
            return _wrong_text(kind, value, path)
        case Number():
            # A bool is an int to Python, but not to a provider.
            good = type(value) is int and kind.lowest <= value <= kind.highest
            return "" if good else f"{path} is not a whole number from {kind.lowest} to {kind.highest}"
        case Flag():
            return "" if type(value) is bool else f"{path} is not true or false"
        case ListOf():
            if not isinstance(value, list | tuple) or len(value) > kind.most:
                return f"{path} is not a list of at most {kind.most}"
            wrong = (_wrong(kind.item, item, f"{path}[{number}]") for number, item in enumerate(value))
            return next(filter(None, wrong), "")
        case Object():
            return _wrong_object(kind, value, path)
        case Json():
            return _wrong_json(kind, value, path)


def _wrong_text(kind: Text, value: Any, path: str) -> str:
    if not isinstance(value, str):
        return f"{path} is not a text"
    if len(value) > kind.longest:
        return f"{path} has more than {kind.longest} characters"
    if kind.choices and value not in kind.choices:
        return f"{path} is none of {', '.join(kind.choices)}"
    return ""


def _wrong_object(kind: Object, value: Any, path: str) -> str:
    if not isinstance(value, Mapping):
        return f"{path} is not an object"
    if any(name not in kind.fields for name in value):
        return f"{path} takes {', '.join(kind.fields)} and nothing else"
    if missing := [name for name in kind.needs if name not in value]:
        return f"{path} needs {', '.join(missing)}"
    wrong = (_wrong(kind.fields[name], item, f"{path}.{name}") for name, item in value.items())
    return next(filter(None, wrong), "")


def _wrong_json(kind: Json, value: Any, path: str) -> str:
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError):  # a lone surrogate is a ValueError too
        return f"{path} is not JSON"
    return "" if size <= kind.longest else f"{path} has more than {kind.longest} bytes"
