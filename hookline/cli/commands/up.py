"""`hookline up`."""

import click

from hookline.cli.confirming import ask_to_lose
from hookline.cli.output import echo


@click.command()
@click.option(
    "--with", "also", multiple=True, metavar="SOURCE", help="Deploy this source even if no agent subscribes to it."
)
@click.option(
    "--bind", multiple=True, metavar="NAME=ENTITY", help="Bind a destination, for example alerts=slack:channel/C0123."
)
@click.option("--discard-waiting", is_flag=True, help="Delete the events that wait for an agent without a folder.")
@click.option("--yes", is_flag=True, help="Do not ask before the sandbox providers restart while reviews are open.")
def up(also: tuple[str, ...], bind: tuple[str, ...], discard_waiting: bool, yes: bool) -> None:
    """Start the local stack, or deploy the changes to it.

    Starts an emulator of AWS and the sandbox providers on loopback, then runs the real 'cdk bootstrap' and
    'cdk deploy' on it. Warns of what could never act ('hookline check' says more). With STRIPE_API_KEY (a test-mode
    key) in the environment, the Stripe connector calls Stripe itself instead of the sandbox. Ports: HOOKLINE_PORT
    (4566) and HOOKLINE_SANDBOX_PORT (4567).
    """
    from hookline.local import sandbox, stack
    from hookline.local.bindings import parse
    from hookline.local.progress import progress
    from hookline.operator.at_stake import open_reviews
    from hookline.validation.acting import acting
    from hookline.validation.discovery import survey

    before, kept = stack.find_emulated(), sandbox.find(stack.STATE)
    restarts = kept is not None and sandbox.is_outdated(kept)
    if before and restarts and not yes and (about := open_reviews(before)):
        lost = [*about, "what the sandbox providers hold: approved actions on it will fail"]
        ask_to_lose("the sandbox providers have changed, and restart empty. That concerns:", lost, "restart them?")
    with progress() as say:
        running = stack.up(say, also=also, bind=parse(bind), discard_waiting=discard_waiting)
    if before and (kept is None or restarts):
        echo("the sandbox providers started anew: what they held is lost, and approved actions on it will fail")
    never, _ = acting(survey())
    echo(*(str(one.as_warning()) for one in never))
    echo(*map(str, running.bindings))
    echo(f"webhook URL: {running.url}/webhooks/<source>")
    echo("try: hookline send stripe charge_succeeded__ordinary")
    echo("what Stripe's sandbox received: hookline sandbox stripe")
