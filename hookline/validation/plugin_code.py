"""Checks a folder's code without running it: it compiles, defines the functions that are called, and its imports exist.

It is not run, because that needs its packages and can have any effect. Its tests find the other errors.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hookline.validation.findings import Finding, close_to, hint
from hookline.validation.layout import BASE_LOCK
from hookline.validation.locks import bring, unpinned
from hookline.validation.modules import Import, Modules, bound, code_in, imports, parse

# Modules that give an agent credentials, a socket or a process of its own.
OUTSIDE = ("boto3", "botocore", "os", "socket", "subprocess", "urllib", "urllib3", "http", "requests", "ctypes")
_RUNTIME = ("boto3", "botocore")  # part of Lambda's runtime

# The names that the runtime uses from a file, each with the arguments of its call; None for one that it only reads.
Called = Mapping[str, Sequence[str] | None]


@dataclass(frozen=True)
class Group:
    """A dependency group of pyproject.toml, `name`: the zips of `owners` have the packages that its `locks` pin."""

    name: str
    owners: str
    locks: Sequence[Path]


@dataclass(frozen=True)
class Surroundings:
    """The environment of a folder's code in Lambda.

    `modules` are those of functions/ that its zip holds. `manifests` are the files that the synth and other zips read
    too, each with the modules that it may import. `called` is what the runtime looks for, by file.

    `groups` are installed for a file ("" is every file) in place of the folder's own lock. That lock is installed if
    the file `locked` exists; always if `locked` is None, never if it is "". `confined` says why the code may not import
    OUTSIDE, "" if it may.
    """

    modules: Sequence[str]
    manifests: Mapping[str, Sequence[str]]
    called: Mapping[str, Called]
    groups: Mapping[str, Group] = field(default_factory=dict)
    locked: str | None = None
    confined: str = ""

    def group(self, file: str) -> Group | None:
        """The group that is installed for `file` in place of the folder's own lock."""
        return self.groups.get(file) or self.groups.get("")

    def is_wiring(self, file: str) -> bool:
        """Whether it is a handler of the folder's own, which the runtime calls in place of the general one."""
        return file == "handler.py" and file in self.called

    def is_sandbox(self, file: str) -> bool:
        """Whether it is a provider's sandbox: it runs on this machine only, with what is installed here."""
        return file.startswith("sandbox") and "sandbox.py" in self.called


@dataclass(frozen=True)
class Folder:
    """The code at `place`, the folder `where` of the project; `modules` are those of functions/."""

    where: str
    place: Path
    modules: Modules
    around: Surroundings

    def findings(self) -> Iterator[Finding]:
        """The findings of all its files."""
        for path in sorted(self.place.rglob("*")):
            # An editor's lock is a dangling link, which no zip contains.
            if path.exists() and (path.is_symlink() or not (path.is_file() or path.is_dir())):
                file = path.relative_to(self.place).as_posix()
                yield Finding(f"{self.where}/{file}", 1, "is not a regular file: its target must not get into a zip")
        yield from self._lock_findings()
        for path in code_in(self.place):
            file = path.relative_to(self.place).as_posix()
            for line, what in sorted(set(self._file_findings(path, file))):
                yield Finding(f"{self.where}/{file}", line, what)

    def _file_findings(self, path: Path, file: str) -> Iterator[tuple[int, str]]:
        try:
            tree = parse(path.read_bytes())
        except SyntaxError as error:
            yield error.lineno or 1, f"{type(error).__name__}: {error.msg}"
            return
        for name, arguments in self.around.called.get(file, {}).items():
            yield from _call_findings(tree, name, arguments)
        package = ".".join(Path(self.where, file).parent.parts)
        for imported in imports(tree, package):
            wrong = self._import_finding(imported, file)
            if wrong:
                yield imported.line, wrong

    def _import_finding(self, imported: Import, file: str) -> str:
        top = imported.module.partition(".")[0]
        if top == "functions":
            return self._module_finding(imported, file)
        if self.around.confined and not self.around.is_wiring(file) and top in OUTSIDE:
            return f"imports {imported.module}: {self.around.confined}"
        if top in sys.stdlib_module_names:
            return ""
        if only := self.around.manifests.get(file):  # the synth and other zips read it, with packages of their own
            return f"imports {top}: {file} may import only the standard library and {' and '.join(only)}"
        if self._is_installed(top, file) or self.around.is_sandbox(file):
            return ""
        if top in ("hookline", "infra"):
            return f"imports {imported.module}, which is not in the function's zip"
        group = self.around.group(file)
        lock = f"group {group.name!r} of pyproject.toml" if group else f"{self.where}/requirements.in"
        return f"imports {top}, which is not in its zip: add the package to {lock} and run 'make lock'"

    def _module_finding(self, imported: Import, file: str) -> str:
        module = imported.module
        if imported.name and self.modules.file(f"{module}.{imported.name}"):
            module = f"{module}.{imported.name}"  # a module of a package
        allowed = self._allowed(file)
        if not any(f"{module}.".startswith(f"{one}.") for one in allowed) and not _is_above(module, allowed):
            return f"imports {module}: from functions/, {file} may import only {', '.join(allowed)}"
        if self.modules.file(module) is None and not self.modules.inside(module):
            package = module.rpartition(".")[0]
            near = close_to(module, [f"{package}.{name}" for name in self.modules.inside(package)])
            return f"imports {module}, which does not exist{near}"
        names = self.modules.bound(module)
        if module != imported.module or names is None or imported.name is None or imported.name in ("*", *names):
            return ""
        near = hint(imported.name, self.modules.offers(module))
        return f"imports {imported.name!r} from {module}, which does not define it{near}"

    def _allowed(self, file: str) -> Sequence[str]:
        if only := self.around.manifests.get(file):
            return only
        return (*self.around.modules, self.where.replace("/", "."))

    def _is_installed(self, top: str, file: str) -> bool:
        """Whether a lock contains the package `top`; one that is not installed here is assumed in the own lock."""
        if top in _RUNTIME:
            return not self.around.confined
        own = self.place / "requirements.txt"
        if group := self.around.group(file):
            return bring(group.locks, top) is True
        found = bring([BASE_LOCK, *([own] if own.is_file() else [])], top)
        return own.is_file() if found is None else found

    def _lock_findings(self) -> Iterator[Finding]:
        wanted, lock = self.place / "requirements.in", self.place / "requirements.txt"
        locked = self.around.locked
        if locked is not None and not (self.place / locked).is_file():
            group = next(iter(self.around.groups.values()))
            what = f"is not installed: {group.owners} have the packages of group {group.name!r} of pyproject.toml"
            yield from (Finding(f"{self.where}/{path.name}", 1, what) for path in (wanted, lock) if path.is_file())
        elif lock.is_file():
            for line, name in unpinned(lock):
                what = f"{name!r} is not pinned by its hash: add it to requirements.in and run 'make lock'"
                yield Finding(f"{self.where}/{lock.name}", line, what)
        elif wanted.is_file():
            yield Finding(f"{self.where}/{wanted.name}", 1, "is not pinned yet: run 'make lock'")


def _call_findings(tree: ast.Module, name: str, arguments: Sequence[str] | None) -> Iterator[tuple[int, str]]:
    names = bound(tree)
    shown = name if arguments is None else f"{name}({', '.join(arguments)})"
    if names is not None and name not in names:
        yield 1, f"has no {shown}{close_to(name, names)}"
    for node in tree.body:
        if arguments is None or getattr(node, "name", None) != name:
            continue
        if isinstance(node, ast.AsyncFunctionDef):
            yield node.lineno, f"{name} is async, but is not awaited: write 'def {shown}'"
        elif isinstance(node, ast.FunctionDef) and not _takes(node.args, len(arguments)):
            yield node.lineno, f"{name} is called with {' and '.join(arguments)}: write 'def {shown}'"


def _takes(declared: ast.arguments, count: int) -> bool:
    """Whether a function can be called with `count` positional arguments."""
    places = [*declared.posonlyargs, *declared.args]
    enough = count <= len(places) or declared.vararg is not None
    return len(places) - len(declared.defaults) <= count and enough and None not in declared.kw_defaults


def _is_above(module: str, allowed: Sequence[str]) -> bool:
    """Whether it is a parent package of one that may be imported: the zips contain its __init__.py."""
    return any(one.startswith(f"{module}.") for one in allowed)
