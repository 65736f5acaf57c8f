"""Sources: what their verifiers received and rejected, their secrets, and how to set one up."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Page
from hookline.operator import source_list

page = Page("Sources", order=70)


@page.view("sources.html")
def listed(asked: Asked) -> Mapping[str, Any]:
    """Every source that is deployed, or was."""
    return {"sources": source_list.activity(asked.account, asked.now)}


@page.view("source.html", "one")
def one(asked: Asked) -> Mapping[str, Any]:
    """How one is set up at its provider."""
    return {"source": source_list.sheet(asked.needs("name"))}
