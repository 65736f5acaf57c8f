"""The local stack: up, down, send, demo."""

import sys

import click


@click.command()
@click.option(
    "--with", "also", multiple=True, metavar="SOURCE", help="Deploy this source though no agent subscribes to it."
)
@click.option(
    "--bind", multiple=True, metavar="NAME=ENTITY", help="Bind an agent's destination, like alerts=slack:channel/C0123."
)
def up(also: tuple[str, ...], bind: tuple[str, ...]) -> None:
    """Start the local stack, or deploy to it what has changed.

    Starts an emulator of AWS and the sandbox providers on loopback, then runs the real 'cdk bootstrap' and
    'cdk deploy' on it. With STRIPE_API_KEY (a test-mode key) in the environment, the Stripe connector calls Stripe
    itself instead of the sandbox. Ports: HOOKLINE_PORT (4566) and HOOKLINE_SANDBOX_PORT (4567).
    """
    from hookline.local import stack
    from hookline.local.bindings import parse
    from hookline.local.progress import progress

    with progress() as say:
        running = stack.up(say, also=also, bind=parse(bind))
    click.echo(f"deliveries go to {running.url}/webhooks/<source>")
    click.echo("try: hookline send stripe charge_succeeded__ordinary")


@click.command()
def down() -> None:
    """Stop the local stack and forget what was deployed to it."""
    from hookline.local import stack

    click.echo("the local stack is stopped" if stack.down() else "no local stack was running")


@click.command()
@click.argument("source")
@click.argument("fixture", required=False)
@click.option("--times", default=1, show_default=True, type=click.IntRange(1, 10_000), help="Post it so often.")
@click.option("--fresh", is_flag=True, help="Give every post ids of its own; else all after the first are duplicates.")
def send(source: str, fixture: str | None, times: int, fresh: bool) -> None:
    """Sign a delivery of SOURCE as the provider would, and post it to the local stack.

    FIXTURE is the name of a file under functions/providers/SOURCE/fixtures, without its ending; leave it out to see
    them all. Every run gets new ids, so it is a new delivery. Where the provider names its events, their ids are
    printed: 'hookline audit show ID' shows what came of each.
    """
    from hookline.operator.send import post_fixture
    from hookline.testing import fixtures

    if fixture is None:
        click.echo("\n".join(fixtures.names(source)))
        return
    for answer in post_fixture(source, fixture, times, fresh):
        click.echo(" ".join([str(answer.status), answer.word or "accepted", *answer.events]))


@click.command()
@click.option("--flow", type=click.Choice(["payments"]), default="payments", show_default=True, help="What to show.")
@click.option("--once", is_flag=True, help="Send one delivery instead of a day of them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a delivery, and a summary, for machines.")
def demo(flow: str, once: bool, as_json: bool) -> None:
    """Send a day of a small shop's payments through the whole system and watch each step.

    Brings the local stack up first. Among the deliveries are duplicates, a forged signature and a stale one; the
    closing figures are counted from what the stack holds. Exit code 1 if anything was lost or done twice.
    """
    from hookline.demo.run import run

    sys.exit(run(once=once, as_json=as_json))
