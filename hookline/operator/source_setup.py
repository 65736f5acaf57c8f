"""The setup of a source at its provider: the steps, and a check of what the provider's API says of it.

A provider's setup.py has STEPS, and `missing(found, address, raw_types)`, which is pure.
"""

import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from hookline.operator import known, source_list
from hookline.operator.errors import OperatorError


def steps(name: str) -> list[str]:
    """What to do at the provider. Raises UnknownName, or OperatorError for a source without steps."""
    return list(_setup(name).STEPS)


def missing(name: str, files: Sequence[Path]) -> list[str]:
    """What is missing at the provider, by its API's answers in `files`. Raises OperatorError for other files."""
    module, found = _setup(name), dict[str, Any]()
    for file in files:
        try:
            read = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise OperatorError(f"{file}: {error}") from None
        if not isinstance(read, dict):
            raise OperatorError(f"{file}: an object of the provider's API is expected")
        found |= read
    sheet = source_list.sheet(name)
    reasons: list[str] = module.missing(found, sheet["url"] or "", list(sheet["translates"]))
    return reasons


def _setup(name: str) -> ModuleType:
    known.source(name)
    module = f"functions.providers.{name}.setup"
    if find_spec(module) is None:
        raise OperatorError(f"source {name} has no setup.py; 'hookline sources show {name}' says how to set it up")
    return import_module(module)
