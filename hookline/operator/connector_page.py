"""A connector's sheet as a page, for a terminal and in Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

HEADINGS = ("Operation", "Kind", "Entity", "Arguments", "Idempotency", "Shown before an approval")


def page(sheet: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the page; `sheet` is hookline.operator.connectors's."""
    yield f"{sheet['connector']}, owned by {sheet['owner']}"
    for fact, value in _facts(sheet).items():
        yield f"  {fact:<11} {value}"
    yield from (f"  {'price':<11} {line}" for line in _prices(sheet))
    for operation in sheet["operations"]:
        yield ""
        yield f"{operation['name']}: {operation['kind']} on {operation['entity']}"
        yield from (f"  {fact:<11} {value}" for fact, value in _more(operation).items() if value)


def markdown(sheet: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the same page in Markdown."""
    yield f"# {sheet['connector']}"
    yield ""
    yield from (
        f"- **{fact.capitalize()}:** {value}" for fact, value in {"owner": sheet["owner"], **_facts(sheet)}.items()
    )
    yield ""
    yield _row(HEADINGS)
    yield _row(["---"] * len(HEADINGS))
    for operation in sheet["operations"]:
        kind = f"{operation['kind']}, metered" if operation["metered"] else operation["kind"]
        names = (f"`{operation['name']}`", kind, f"`{operation['entity']}`")
        yield _row([*names, _arguments(operation), operation["repeat"] or "", operation["shown"] or ""])


def _facts(sheet: Mapping[str, Any]) -> dict[str, str]:
    secret = f", in the secret {sheet['secret']}" if sheet["secret"] else ""
    return {
        "calls": ", ".join(sheet["hosts"]) or "nothing outside AWS",
        "credential": f"{sheet['credential'] or 'none'}{secret}",
        **({"models": ", or ".join(sheet["models"])} if sheet["models"] else {}),
    }


def _prices(sheet: Mapping[str, Any]) -> Iterator[str]:
    for price in sheet["prices"]:
        rates = f"{price['input']} in, {price['output']} out, US dollars per million tokens ({price['checked']})"
        yield from (f"{model}: {rates}" for model in price["models"])


def _more(operation: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        "request": operation["request"],
        "arguments": _arguments(operation),
        "cost": "metered: tokens and dollars of the budget" if operation["metered"] else None,
        "repeat": operation["repeat"],
        "approval": operation["shown"] and f"a person sees {operation['shown']}",
    }


def _arguments(operation: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{one['name']} ({one['type']}{'' if one['required'] else ', optional'})" for one in operation["arguments"]
    )


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
