"""`hookline logs`."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hookline.cli.options import aws
from hookline.cli.output import console, echo, echo_json

if TYPE_CHECKING:
    from hookline.operator.logs import Line

POLL_SECONDS = {False: 1.0, True: 5.0}  # on the local stack, and on AWS, which limits the requests


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is logged from now on, until Ctrl-C.")
@click.option("--event", default="", metavar="ID", help="Only lines about this event and those that it caused.")
@click.option("--since", default="", metavar="TIME", help="30s, 5m, 2h, 1d, or a time. [default: 1h; with --event: 1d]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line.")
@aws
def logs(names: tuple[str, ...], follow: bool, event: str, since: str, as_json: bool, aws: bool) -> None:
    """Print the logs of all functions, or of those NAMEd: an agent, a provider, a service, or connector.slack.

    With --event, the lines are in causal order, across all functions. On the local stack an error in an agent comes
    with its traceback; on AWS a log holds no messages of such errors.
    """
    from hookline.operator import logs_reading
    from hookline.operator.account import account
    from hookline.operator.logs_order import of_event

    start = logs_reading.since(since or ("1d" if event else "1h"), time.time())
    client = account(aws).client("logs")
    groups = logs_reading.chosen(names, logs_reading.deployed(client))
    reader = logs_reading.Reader(client, groups, start)
    found = reader.read()
    _print(of_event(found, event) if event else found, as_json)
    if not found and not follow:
        echo("nothing was logged in this time", err=True)
    try:
        while follow:
            time.sleep(POLL_SECONDS[aws])
            found = reader.read()
            _print(of_event(found, event) if event else found, as_json)
    except KeyboardInterrupt:
        sys.exit(130)


def _print(lines: Sequence["Line"], as_json: bool) -> None:
    from hookline.operator.logs_text import json_of, texts

    if as_json:
        for line in lines:
            echo_json(json_of(line))
        return
    output = console()
    for text in texts(lines):
        output.print(text)
