"""`hookline demo`."""

import sys

import click


@click.command()
@click.option("--flow", type=click.Choice(["payments"]), default="payments", show_default=True, help="What to show.")
@click.option("--once", is_flag=True, help="Send one delivery instead of a whole day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each delivery, and a summary.")
def demo(flow: str, once: bool, as_json: bool) -> None:
    """Send a day of a small shop's payments through the whole system and show each step.

    Starts the local stack first. The deliveries include duplicates, a forged signature and a stale one. The figures
    at the end are counted from the stack's own data. Exit code 1 if a delivery was lost or an effect performed twice.
    """
    from hookline.demo.run import run

    sys.exit(run(once=once, as_json=as_json))
