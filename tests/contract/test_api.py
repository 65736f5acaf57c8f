"""The public API: what it exports is what it says that it exports, and each of it says what it is."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import functions.api

PLACE = Path(functions.api.__path__[0])
MODULES = sorted(path.stem for path in PLACE.glob("*.py") if path.stem not in ("__init__", "sandbox"))


@pytest.fixture(params=MODULES)
def module(request):
    return importlib.import_module(f"functions.api.{request.param}")


def test_all_of_it_is_named_in_all_and_nothing_else(module):
    tree = ast.parse(Path(module.__file__).read_text())
    imported = [name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names]
    assert sorted(imported) == sorted(module.__all__)


def test_every_class_and_function_of_it_says_what_it_is(module):
    named = {name: getattr(module, name) for name in module.__all__}
    things = {name: thing for name, thing in named.items() if inspect.isclass(thing) or inspect.isfunction(thing)}
    assert things
    assert [name for name, thing in things.items() if not inspect.getdoc(thing)] == []
