"""The sandbox providers: the class SANDBOX of each sandbox.py in functions/providers, by its folder's name."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from functions.api.sandbox import Provider
from infra.interpreters import ROOT


@cache
def sandbox_providers() -> Mapping[str, type[Provider]]:
    """The class of each sandbox provider, by its name."""
    names = sorted(file.parent.name for file in (ROOT / "functions/providers").glob("*/sandbox.py"))
    return {name: import_module(f"functions.providers.{name}.sandbox").SANDBOX for name in names}
