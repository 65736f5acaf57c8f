"""What causal trees have cost."""

import click

from hookline.commands.options import aws
from hookline.commands.output import several
from hookline.errors import OperatorError
from infra import naming

SPENT = {"effects": "effect", "model_calls": "model call", "tokens": "token", "microdollars": "US dollar"}


@click.group()
def budget() -> None:
    """See what events have cost so far."""


@budget.command()
@click.argument("correlation")
@aws
def show(correlation: str, aws: bool) -> None:
    """Show what the tree of CORRELATION, the id of its first event, has reserved, and which agent's event how much."""
    from hookline.account import account

    key = {"correlation": {"S": correlation}}
    dynamodb = account(aws).client("dynamodb")
    item = dynamodb.get_item(TableName=naming.BUDGETS_TABLE, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        raise OperatorError(
            f"nothing was reserved for {correlation}: it had neither effects nor model calls, or is older than 180 days"
        )
    for what in SPENT:
        if what in item:
            click.echo(f"{amount(what, item[what])} in the whole tree")
            for name, value in sorted(item.items()):
                if name.startswith(f"{what} "):
                    _, agent, event = name.split(" ", 2)
                    click.echo(f"  {amount(what, value)} by agent {agent} for {event}")


def amount(what: str, value: dict) -> str:
    """A budget's attribute in words."""
    if what == "microdollars":
        return f"{int(value['N']) / 1_000_000:.6f} {SPENT[what]}s"
    return several(len(value["SS"]) if "SS" in value else int(value["N"]), SPENT[what])
