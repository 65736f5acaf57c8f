"""The public API: what it exports is what it says that it exports, and each of it says what it is."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import functions.api

PLACE = Path(functions.api.__path__[0])
MODULES = sorted(path.stem for path in PLACE.glob("*.py") if path.stem != "__init__")


@pytest.fixture(params=MODULES)
def module(request):
    return importlib.import_module(f"functions.api.{request.param}")


@pytest.fixture(
    params=[name for name in MODULES if hasattr(importlib.import_module(f"functions.api.{name}"), "__all__")]
)
def exporting(request):
    """A module that shows what is the engine's, and has nothing of its own."""
    return importlib.import_module(f"functions.api.{request.param}")


def statements(module):
    return ast.parse(Path(module.__file__).read_text()).body


def of_the_engine(module) -> list[str]:
    """The names by which a module imports what is the engine's."""
    imports = [node for node in statements(module) if isinstance(node, ast.ImportFrom)]
    engine = [node for node in imports if (node.module or "").startswith("functions.")]
    return [name.asname or name.name for node in engine for name in node.names]


def defined(module) -> list[str]:
    """The public classes and functions that a module defines itself."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    return [node.name for node in statements(module) if isinstance(node, kinds) and not node.name.startswith("_")]


def own_words(thing) -> str:
    """A docstring that was written for it: not one that it inherits, nor one that a dataclass makes up."""
    words = (vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__) or ""
    return "" if words.startswith(f"{thing.__name__}(") else words.strip()


def test_what_a_module_imports_of_the_engine_is_what_it_exports(module):
    assert sorted(of_the_engine(module)) == sorted(getattr(module, "__all__", []))
    assert of_the_engine(module) or defined(module)


def test_a_module_that_exports_defines_nothing_and_imports_nothing_else(exporting):
    _, *imports, all_of_it = statements(exporting)  # the first is the docstring
    assert {type(node) for node in imports} == {ast.ImportFrom}
    assert [target.id for target in all_of_it.targets] == ["__all__"]
    assert len(of_the_engine(exporting)) == sum(len(node.names) for node in imports)


def test_every_class_and_function_of_it_says_what_it_is(module):
    # The rest are constants and aliases of types.
    things = {name: getattr(module, name) for name in [*of_the_engine(module), *defined(module)]}
    said = {name: own_words(it) for name, it in things.items() if inspect.isclass(it) or inspect.isroutine(it)}
    assert said
    assert [name for name, words in said.items() if not words] == []


def test_no_module_is_exported(exporting):
    assert [name for name in exporting.__all__ if inspect.ismodule(getattr(exporting, name))] == []


def test_the_testing_kit_exports_what_tests_of_agents_import():
    """A name here is a promise; each says what it is."""
    kit = importlib.import_module("hookline.testing.kit")
    values = {"SANDBOX"}
    functions = {"delivery", "error", "event", "in_turn", "wake"}
    classes = {"Asked", "Delivery", "Denial", "Effect", "Happening", "Kit", "Result"}
    assert set(kit.__all__) == values | functions | classes
    assert all(own_words(getattr(kit, name)) for name in functions | classes)
