"""`hookline send`."""

from typing import BinaryIO

import click

from hookline.cli.output import echo
from hookline.operator.errors import OperatorError


@click.command()
@click.argument("provider")
@click.argument("fixture", required=False)
@click.option("--data", type=click.File("rb"), metavar="FILE|-", help="Send this body, byte for byte; - is the input.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a field of the body, for example pull_request.labels.0.name=bug. Its type stays.",
)
@click.option("--times", default=1, show_default=True, type=click.IntRange(1, 10_000), help="Number of requests.")
@click.option("--fresh", is_flag=True, help="New ids for each request; without it, all after the first are duplicates.")
@click.option(
    "--concurrency", default=1, show_default=True, type=click.IntRange(1, 100), help="Requests that are sent at once."
)
def send(
    provider: str,
    fixture: str | None,
    data: BinaryIO | None,
    changes: tuple[str, ...],
    times: int,
    fresh: bool,
    concurrency: int,
) -> None:
    """Sign a delivery of PROVIDER as the provider does, and post it to the local stack.

    FIXTURE is the name of a file in functions/providers/PROVIDER/fixtures, without its extension; without FIXTURE and
    --data, the command lists them. A fixture gets new ids with every run, so it is a new delivery. With --data, FIXTURE
    gives the headers.

    Prints the status, the response and the ids of the events: 'hookline audit show ID' shows the causal tree of each.
    Below a refused delivery is what the verifier recorded about it.
    """
    from hookline.operator.field_changes import parse
    from hookline.operator.send_order import Order, deliver, objections, outgoing
    from hookline.testing import fixtures

    if fixture is None and data is None:
        names = fixtures.names(provider)
        if changes:
            raise OperatorError("--set changes a fixture or --data: name one")
        echo(*names)
        return
    body = data.read() if data else None
    order = Order(provider, fixture, body, parse(changes), times, concurrency, fresh)
    for objection in objections(order, outgoing(order)):
        echo(f"note: {objection}", err=True)
    for sent in deliver(order):
        posted = sent.posted
        echo(" ".join([str(posted.status), posted.word or "accepted", *(posted.events or ["no event"])]))
        echo(*(f"  {line}" for line in sent.refusal))
