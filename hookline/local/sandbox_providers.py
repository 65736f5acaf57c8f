"""The sandboxes of providers: the class that each sandbox.py, or package sandbox/, names SANDBOX."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from functions.api.sandbox import Provider
from infra.interpreters import ROOT

PROVIDERS = ROOT / "functions/providers"


@cache
def sandbox_providers() -> Mapping[str, type[Provider]]:
    """The class of each sandbox, by the name of its provider."""
    modules = [*PROVIDERS.glob("*/sandbox.py"), *PROVIDERS.glob("*/sandbox/__init__.py")]
    names = sorted(file.relative_to(PROVIDERS).parts[0] for file in modules)
    return {name: import_module(f"functions.providers.{name}.sandbox").SANDBOX for name in names}


def code_digest() -> str:
    """A digest of the code of all sandboxes."""
    files = [*PROVIDERS.glob("*/sandbox*.py"), *PROVIDERS.glob("*/sandbox/**/*.py")]
    return hashlib.sha256(b"\0".join(str(file).encode() + file.read_bytes() for file in sorted(files))).hexdigest()
