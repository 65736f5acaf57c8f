"""`hookline down`."""

import click

from hookline.cli.confirming import ask_to_lose
from hookline.cli.output import echo


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask, even if reviews are open or events wait.")
def down(yes: bool) -> None:
    """Stop the local stack and delete its state: queues, reviews, timelines, the audit trail, the sandboxes.

    If reviews are open or messages wait, they are listed first, and the command asks.
    """
    from hookline.local import stack
    from hookline.operator.at_stake import at_stake

    running = stack.find_emulated()
    if running and not yes and (lost := at_stake(running)):
        ask_to_lose("'hookline down' deletes:", lost, "stop the local stack all the same?")
    echo("the local stack is stopped" if stack.down() else "no local stack was running")
