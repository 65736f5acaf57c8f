"""The patterns by their names: the modules of functions.core.workflows.patterns."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from functions.core.platform.errors import ManifestError
from functions.core.workflows import patterns as folder
from functions.core.workflows.declaration import Declaration
from functions.core.workflows.pattern import Pattern


@cache
def patterns() -> Mapping[str, Pattern[Any, Any]]:
    """Every pattern by the name of its module. Raises ManifestError if a module has none or several."""
    names = (module.name for module in pkgutil.iter_modules(folder.__path__) if not module.name.startswith("_"))
    return {name: _pattern_in(importlib.import_module(f"{folder.__name__}.{name}")) for name in names}


def pattern_of(declared: Declaration) -> Pattern[Any, Any]:
    """The pattern that a declaration is of. Raises ManifestError if there is none."""
    for pattern in patterns().values():
        if type(declared) is pattern.declaration:
            return pattern
    raise ManifestError(f"{type(declared).__name__} is no pattern's declaration")


def _pattern_in(module: ModuleType) -> Pattern[Any, Any]:
    classes = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Pattern)]
    own = [one for one in classes if one.__module__ == module.__name__]
    if len(own) != 1:
        raise ManifestError(f"{module.__name__} has {len(own)} subclasses of Pattern: write one")
    return own[0]()
