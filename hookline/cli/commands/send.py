"""`hookline send`."""

import click

from hookline.cli.output import echo


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
