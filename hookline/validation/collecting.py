"""Collects every mistake in the values of a manifest, each with its line: the first one does not hide the others."""

import ast
import dataclasses
import difflib
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import FrameType, UnionType
from typing import Any, Literal, get_args, get_origin

from functions.core.manifests.checks import reported
from functions.core.platform.errors import ManifestError
from hookline.validation.findings import Finding, close_to
from hookline.validation.lines import line_in
from hookline.validation.modules import parse

_MANIFESTS = "functions.core.manifests."


@dataclass
class Collector:
    """Finds the mistakes in values that the code of one folder, `where`, gives to the classes of manifests."""

    where: str
    findings: list[Finding] = field(default_factory=list)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Within the context, a mistake in a manifest's values is a finding and raises nothing."""
        with ExitStack() as stack:
            stack.enter_context(reported(self._add))
            for name, module in list(sys.modules.items()):
                for kind in vars(module).values() if name.startswith(_MANIFESTS) else ():
                    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == name:
                        stack.enter_context(_called_leniently(kind, self._add))
            yield

    def _add(self, message: str) -> None:
        """Add a finding on the line of the folder's own code that gives the value."""
        package = self.where.replace("/", ".")
        frame: FrameType | None = sys._getframe()
        while frame and not f"{frame.f_globals.get('__name__')}.".startswith(f"{package}."):
            frame = frame.f_back
        if frame is None:
            raise ManifestError(message)  # not a value of this folder
        file = frame.f_code.co_filename.rpartition("/")[2]
        self.findings.append(Finding(f"{self.where}/{file}", _line(frame, message), message))


def _line(frame: FrameType, message: str) -> int:
    """The line of what `message` is about in the call that `frame` makes."""
    place = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    with open(frame.f_code.co_filename, "rb") as file:
        tree = parse(file.read())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    spans = {(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset): node for node in calls}
    return line_in(spans[place], message) if place in spans else frame.f_lineno


@contextmanager
def _called_leniently(kind: Any, report: Callable[[str], None]) -> Iterator[None]:
    """Within the context, a wrong call of a class is reported, and its object is made without the wrong argument."""
    strict = kind.__init__
    known = {one.name: one for one in dataclasses.fields(kind)}

    @wraps(strict)
    def init(self: Any, *given: Any, **named: Any) -> None:
        meant: set[str] = set()
        for name in [name for name in named if name not in known]:
            report(f"{kind.__name__} has no {name!r}{close_to(name, known)}; known: {', '.join(known)}")
            meant |= {*difflib.get_close_matches(name, known, 1)}
            del named[name]
        try:
            bound = inspect.signature(strict).bind_partial(self, *given, **named).arguments
        except TypeError as error:  # too many, or one twice
            report(f"{kind.__name__}: {error}")
            bound = {}
        required = [name for name, one in known.items() if one.init and _default(one) is dataclasses.MISSING]
        if missing := [name for name in required if name not in bound]:
            if bound and (unmeant := [repr(name) for name in missing if name not in meant]):
                report(f"{kind.__name__} needs {_listed(unmeant)}")
            hints = typing.get_type_hints(kind)
            for name, one in known.items():
                neutral = "" if hints[name] is str else ()
                usual = neutral if (usual := _default(one)) is dataclasses.MISSING else usual
                object.__setattr__(self, name, bound.get(name, usual))
            about = re.compile(rf"\b({'|'.join(name.removesuffix('s') for name in missing)})s?\b")
            with reported(lambda message: None if about.search(message.partition(": ")[0]) else report(message)):
                _guarded(getattr(self, "__post_init__", lambda: None), kind, report)
            return
        _guarded(lambda: strict(self, *given, **named), kind, report)

    kind.__init__ = init
    try:
        yield
    finally:
        kind.__init__ = strict


def _guarded(check: Callable[[], object], kind: Any, report: Callable[[str], None]) -> None:
    try:
        check()
    except (AttributeError, TypeError, ValueError) as error:  # a value of another type than the checks expect
        report(f"{kind.__name__}: {error}")


def _listed(names: Sequence[str]) -> str:
    """Names as Python lists missing arguments: 'a', 'b', and 'c'."""
    *first, last = names
    return f"{', '.join(first)}{',' if len(first) > 1 else ''} and {last}" if first else last


def _default(one: "dataclasses.Field[Any]") -> Any:
    return one.default_factory() if one.default_factory is not dataclasses.MISSING else one.default


def well_typed(manifest: Any, names: Sequence[str]) -> bool:
    """Whether these fields of a manifest have the types that they declare, so that others can be compared with it."""
    hints = typing.get_type_hints(type(manifest))
    return all(_fits(getattr(manifest, name), hints[name]) for name in names)


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (typing.Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        return value in inner
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(key, inner[0]) and _fits(one, inner[1]) for key, one in value.items()
        )
    if origin is Sequence:
        return isinstance(value, list | tuple) and all(_fits(one, inner[0]) for one in value)
    if not isinstance(value, hint):
        return False
    return not dataclasses.is_dataclass(hint) or well_typed(value, [one.name for one in dataclasses.fields(hint)])
