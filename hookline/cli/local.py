"""The commands of the local stack: up, down, send, demo."""

import shlex
import sys
from collections.abc import Sequence

import click

from hookline.cli.output import echo
from hookline.operator.errors import OperatorError


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
    'cdk deploy' on it. With STRIPE_API_KEY (a test-mode key) in the environment, the Stripe connector calls Stripe
    itself instead of the sandbox. Ports: HOOKLINE_PORT (4566) and HOOKLINE_SANDBOX_PORT (4567).
    """
    from hookline.local import sandbox, stack
    from hookline.local.bindings import parse
    from hookline.local.control import control_file
    from hookline.local.progress import progress
    from hookline.operator.at_stake import open_reviews

    before, kept = stack.find_emulated(), sandbox.find(stack.STATE)
    restarts = kept is not None and sandbox.is_outdated(kept)
    if before and restarts and not yes and (about := open_reviews(before)):
        lost = [*about, "what the sandbox providers hold: approved actions on it will fail"]
        _ask("the sandbox providers have changed, and restart empty. That concerns:", lost, "restart them?")
    with progress() as say:
        running = stack.up(say, also=also, bind=parse(bind), discard_waiting=discard_waiting)
    if before and (kept is None or restarts):
        echo("the sandbox providers started anew: what they held is lost, and approved actions on it will fail")
    echo(f"webhook URL: {running.url}/webhooks/<source>")
    echo("try: hookline send stripe charge_succeeded__ordinary")
    header = shlex.quote(f"@{control_file(running.state)}")
    state = f"{running.sandboxes.url}/_sandbox/stripe/state"
    echo(f"what Stripe's sandbox received: curl -H {header} {state}")


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
        _ask("'hookline down' deletes:", lost, "stop the local stack all the same?")
    echo("the local stack is stopped" if stack.down() else "no local stack was running")


def _ask(heading: str, lost: Sequence[str], question: str) -> None:
    """Ask whether to lose what is listed. Raises OperatorError if the answer is no, or nobody is there to ask."""
    echo(heading, *(f"  {line}" for line in lost))
    if not sys.stdin.isatty():
        raise OperatorError("nothing was done: decide on or redrive what waits, or use --yes to lose it")
    if not click.confirm(question):
        raise OperatorError("nothing was done")


@click.command()
@click.argument("source")
@click.argument("fixture", required=False)
@click.option("--times", default=1, show_default=True, type=click.IntRange(1, 10_000), help="Number of requests.")
@click.option("--fresh", is_flag=True, help="New ids for each request; without it, all after the first are duplicates.")
def send(source: str, fixture: str | None, times: int, fresh: bool) -> None:
    """Sign a delivery of SOURCE as the provider does, and post it to the local stack.

    FIXTURE is the name of a file in functions/providers/SOURCE/fixtures, without its extension; without FIXTURE, the
    command lists them. Every run uses new ids, so it is a new delivery. If the provider gives its events ids, they are
    printed: 'hookline audit show ID' shows the causal tree of each.
    """
    from hookline.operator.send import post_fixture
    from hookline.testing import fixtures

    if fixture is None:
        echo(*fixtures.names(source))
        return
    for answer in post_fixture(source, fixture, times, fresh):
        echo(" ".join([str(answer.status), answer.word or "accepted", *answer.events]))


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
