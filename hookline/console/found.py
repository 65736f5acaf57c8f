"""Finds the pages of the console by their modules."""

import importlib
import pkgutil

from hookline.console import pages
from hookline.console.page import Page


def pages_by_name() -> dict[str, Page]:
    """Every page by the name of its module, in the order of the navigation."""
    names = [module.name for module in pkgutil.iter_modules(pages.__path__)]
    found: dict[str, Page] = {name: importlib.import_module(f"{pages.__name__}.{name}").page for name in names}
    return dict(sorted(found.items(), key=lambda one: (one[1].order, one[0])))
