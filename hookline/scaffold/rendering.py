"""Renders the templates in the folder templates/; a template that names an unknown value fails."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).with_name("templates")

# What is written is code and no page; every value that is not a checked name goes through `literal`.
_ENVIRONMENT = Environment(  # noqa: S701 - no HTML
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters["literal"] = repr


def render(template: str, **values: Any) -> str:
    """The text of `template`, a path in the folder templates/, with `values`."""
    return _ENVIRONMENT.get_template(template).render(values)
