"""`hookline demo`."""

import sys

import click

from hookline.cli.output import echo


@click.command()
@click.option("--flow", default="payments", show_default=True, metavar="NAME", help="What to show.")
@click.option("--list", "listed", is_flag=True, help="List the flows, with a line about each.")
@click.option("--once", is_flag=True, help="Send the first delivery only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each result, and a summary.")
def demo(flow: str, listed: bool, once: bool, as_json: bool) -> None:
    """Send a flow's deliveries through the whole system and show each step, act by act.

    Starts the local stack first, and leaves it up. The figures at the end are counted from the stack's own data. Exit
    code 1 if a delivery was lost, an effect was performed twice, or a check failed. A flow is one file in
    hookline/demo/flows.
    """
    try:
        sys.exit(_demo(flow, listed=listed, once=once, as_json=as_json))
    except KeyboardInterrupt:
        from hookline.demo.stopped import state_of_the_stack

        echo("", f"hookline: stopped; {state_of_the_stack()}", err=True)
        sys.exit(1)


def _demo(flow: str, *, listed: bool, once: bool, as_json: bool) -> int:
    from hookline.demo import found

    if listed:
        echo(*found.listed())
        return 0
    found.load(flow)  # what is wrong with it is said before the stack starts
    from hookline.demo.run import run

    return run(flow, once=once, as_json=as_json)
