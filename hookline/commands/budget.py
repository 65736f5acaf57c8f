"""What causal trees have cost."""

import click

from hookline.commands.options import aws
from hookline.errors import OperatorError
from infra import naming


@click.group()
def budget() -> None:
    """See what events have cost so far."""


@budget.command()
@click.argument("correlation")
@aws
def show(correlation: str, aws: bool) -> None:
    """Show the effects that the tree of CORRELATION, the id of its first event, has reserved."""
    from hookline.account import account

    key = {"correlation": {"S": correlation}}
    dynamodb = account(aws).client("dynamodb")
    item = dynamodb.get_item(TableName=naming.BUDGETS_TABLE, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        raise OperatorError(f"nothing was reserved for {correlation}: it had no effects, or is older than 30 days")
    click.echo(f"{len(item['effects']['SS'])} effects in the whole tree")
    for name, value in sorted(item.items()):
        if name.startswith("effects "):
            _, agent, event = name.split(" ", 2)
            click.echo(f"  {len(value['SS'])} by agent {agent} for {event}")
