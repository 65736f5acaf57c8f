"""The names that the modules under functions/ bind and import, read from their text without running it."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # the fields of statements that hold statements
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Import:
    """An import of a module, or of a `name` from it, on a `line`."""

    module: str
    name: str | None
    line: int


@dataclass(frozen=True)
class Modules:
    """The modules in the folder `functions`, each as it is when it is first looked for."""

    functions: Path
    _files: dict[str, Path | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _trees: dict[str, ast.Module | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def file(self, module: str) -> Path | None:
        """The file of a module of functions/, None if it does not exist."""
        if module not in self._files:
            place = self.functions.joinpath(*module.split(".")[1:])
            files = (place.with_name(f"{place.name}.py"), place / "__init__.py")
            self._files[module] = next((file for file in files if file.is_file()), None)
        return self._files[module]

    def bound(self, module: str) -> frozenset[str] | None:
        """The names that a module binds, None if its text does not determine them."""
        tree = self._tree(module)
        return bound(tree) if tree else None

    def offers(self, module: str) -> list[str]:
        """The names for others to import from a module: its own public names, and the modules in it."""
        tree = self._tree(module)
        if tree and (exported := _exported(tree)):
            return exported
        names = bound(tree) if tree else None
        taken = {one.name or one.module for one in imports(tree, module)} if tree else set()
        return [*sorted(name for name in (names or set()) - taken if name[0] != "_"), *self.inside(module)]

    def inside(self, module: str) -> list[str]:
        """The modules in a package."""
        file = self.file(module)
        if file is None or file.name != "__init__.py":
            return []
        found = {*file.parent.glob("*.py"), *(path.parent for path in file.parent.glob("*/__init__.py"))}
        return sorted(path.stem for path in found if path != file)

    def _tree(self, module: str) -> ast.Module | None:
        if module not in self._trees:
            file = self.file(module)
            try:
                self._trees[module] = parse(file.read_bytes()) if file else None
            except SyntaxError:
                self._trees[module] = None  # reported as a finding of that file
        return self._trees[module]


def code_in(place: Path) -> list[Path]:
    """The Python files in a folder and its subfolders, without symbolic links and pipes."""
    return sorted(path for path in place.rglob("*.py") if path.is_file() and not path.is_symlink())


@cache
def parse(text: bytes) -> ast.Module:
    """The syntax tree of a text. Raises SyntaxError if it does not compile."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
            compile(tree, "", "exec")  # finds more than the parser, such as a return outside a function
    except ValueError as error:  # a null byte
        raise SyntaxError(str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("nested too deeply") from error
    return tree


def _exported(tree: ast.Module) -> list[str]:
    """The names in `__all__`, [] if it is missing or not a list of texts."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(elts)):
                return sorted(one.value for one in elts if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return []


@cache
def bound(tree: ast.Module) -> frozenset[str] | None:
    """The names that a module binds at import; None for one that can bind any name."""
    names: set[str] = set()
    for node in _at_import(tree):
        if isinstance(node, _DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return None if names & {"*", "__getattr__"} else frozenset(names)


@cache
def imports(tree: ast.Module, package: str) -> tuple[Import, ...]:
    """All imports in a module of `package`, except those that may fail (try) or never run (TYPE_CHECKING)."""
    return tuple(_imports(tree, package))


def _imports(tree: ast.AST, package: str) -> Iterator[Import]:
    for node in (node for block in _BLOCKS for node in getattr(tree, block, ())):
        if isinstance(node, ast.Try) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            continue
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(module, alias.name, alias.lineno) for alias in node.names)
        else:
            yield from _imports(node, package)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported, without the bodies of classes, which bind no names in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*_DEFINITIONS, ast.Lambda)):
            yield from _at_import(child)
