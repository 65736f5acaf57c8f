"""Sources: what their verifiers received and rejected, their secrets, and how to set one up."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator import missing_events, source_list

page = Page("Sources", order=70)


@page.view("sources.html", command="sources activity", tool="list_sources")
def listed(asked: Asked) -> Mapping[str, Any]:
    """Every source that is deployed, or was."""
    return {"sources": source_list.activity(asked.account, asked.now)}


@page.view("source.html", "one", command="sources show NAME", tool="show_source")
def one(asked: Asked) -> Mapping[str, Any]:
    """How one is set up at its provider."""
    name = asked.needs("name")
    return {"source": source_list.sheet(name), "can": missing_events.can_be_reconciled(name)}


@page.view("source_missing.html", "missing", command="reconcile NAME --dry-run", tool="missing_events")
def missing(asked: Asked) -> Mapping[str, Any]:
    """What its provider sent and what did not arrive; apart, because the provider is asked."""
    name = asked.needs("name")
    return {"found": missing_events.reconcile(asked.account, name, None, dry=True), "name": name}


@page.act("reconcile", command="reconcile NAME", tool="reconcile_source")
def reconcile(asked: Asked) -> Done:
    """Publish what did not arrive."""
    name = asked.needs("name")
    found = missing_events.reconcile(asked.account, name, None, dry=False)
    left = "" if found["whole"] else "; not all could be compared"
    return Done(f"{len(found['missing'])} were missing, {found['lost']} are lost{left}", f"/sources/one?name={name}")
