"""The command `hookline cost`: what events and idle months cost on AWS."""

from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.options import as_json
from hookline.cli.output import echo, print_result

WIDTH = 24


@click.command()
@click.option("--flow", default="", metavar="NAME", help="A thousand deliveries of this flow of the demo instead.")
@as_json
def cost(flow: str, as_json: bool) -> None:
    """Estimate what AWS bills for a payment, an idle month, and an agent more.

    Payments run through the project's own functions in a simulated account, and each request is counted. The idle
    month is that of the templates. Prices are AWS's public ones.
    """
    if flow:
        from hookline.demo.cost import cost_of

        print_result(cost_of(flow, lambda step: echo(step, err=True)), as_json, _print_flow)
        return
    from hookline.operator.cost.estimate import estimate

    print_result(estimate(lambda step: echo(step, err=True)), as_json, _print)


def _print_flow(found: Mapping[str, Any]) -> None:
    echo(f"US dollars, AWS's prices of {found['prices_of']} in {found['region']}", "")
    echo(f"Per thousand deliveries of {found['flow']}: {found['usd_per_thousand']:.3f}")
    for kind in ("service", "purpose", "identity"):
        echo("", f"by {kind}")
        for name, usd in found[f"by_{kind}"].items():
            echo(_row(name, [f"{usd:.4f}"]))
    echo("", f"DynamoDB write units of a delivery: {found['write_units']:.1f}")


def _print(found: Mapping[str, Any]) -> None:
    flows = found["flows"]
    echo(f"US dollars, AWS's prices of {found['prices_of']} in {found['region']}", "", "Per million payments")
    echo(_row("", flows))
    echo(_row("in all", [f"{one['usd_per_million']:.2f}" for one in flows.values()]))
    for kind in ("service", "purpose", "identity"):
        echo("", f"by {kind}")
        names = dict.fromkeys(name for one in flows.values() for name in one[f"by_{kind}"])
        for name in names:
            echo(_row(name, [f"{one[f'by_{kind}'].get(name, 0):.2f}" for one in flows.values()]))
    echo("", "DynamoDB write units of a payment")
    for purpose in dict.fromkeys(name for one in flows.values() for name in _writes(one)):
        echo(_row(purpose, [f"{_writes(one).get(purpose, 0):.1f}" for one in flows.values()]))
    echo("", f"An idle month: {found['idle_month']['usd']:.2f}")
    for unit, line in found["idle_month"]["lines"].items():
        echo(_row(unit, [f"{line['amount']:,.0f}", f"{line['usd']:.2f}"]))
    for name, month in found["per_agent_month"].items():
        echo(f"of which {name}: {month['usd']:.2f}")
    echo("", f"A million records of runs and calls: {found['million_records']:.2f}")
    echo("", "Assumed", *(f"- {one}" for one in found["assumed"]))


def _writes(flow: Mapping[str, Any]) -> dict[str, float]:
    units: dict[str, float] = {}
    for one in flow["requests"]:
        if one["unit"] == "dynamodb.write":
            units[one["purpose"]] = units.get(one["purpose"], 0) + one["per_payment"]
    return units


def _row(name: str, columns: Any) -> str:
    return f"  {name:{WIDTH}}" + "".join(f"{one:>19}" for one in columns)
