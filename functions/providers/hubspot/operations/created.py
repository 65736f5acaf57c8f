"""The contacts that were created in a time, for the reconcile service. Pure but for `ask`."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.performer import OutcomeUnknown
from functions.providers.hubspot.operations import requests

PAGE = 200  # the most of one search


def listed(arguments: Mapping[str, Any], portal: str, ask: Callable[..., Any]) -> dict[str, Any]:
    """One page by their ids, and `after`, the id of the last if there are more.

    A search ends after 10,000 results, so each page is a search of its own, for what is after the last id.
    """
    after = arguments.get("after", "")
    times = (("GTE", arguments["since"]), ("LT", arguments["until"]))
    filters = [_filter("createdate", operator, at * 1000) for operator, at in times]
    filters += [_filter("hs_object_id", "GT", after)] if after else []
    answer = ask(
        requests.SEARCH,
        filterGroups=[{"filters": filters}],
        sorts=["hs_object_id"],
        properties=["createdate"],
        limit=PAGE,
        after="0",
    )
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or not all(isinstance(one, Mapping) for one in results):
        raise OutcomeUnknown("hubspot answered without results")
    contacts = [{name: one.get(name) for name in ("id", "createdAt")} for one in results]
    return {"portal": portal, "contacts": contacts, "after": str(contacts[-1]["id"]) if len(contacts) >= PAGE else ""}


def _filter(name: str, operator: str, value: Any) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}
