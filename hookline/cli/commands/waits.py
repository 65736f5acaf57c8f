"""The command `hookline waits`: list what agents wait for."""

from collections.abc import Mapping
from time import time
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result
from hookline.operator.times import ago, until


@click.command()
@aws
@as_json
def waits(aws: bool, as_json: bool) -> None:
    """List what agents wait for: the event and the entity, since when and until when, and what happens otherwise."""
    from hookline.operator.account import account
    from hookline.operator.waits import listed

    print_result({"waits": listed(account(aws))}, as_json, _table)


def _table(found: Mapping[str, Any]) -> None:
    now = time()
    for wait in found["waits"]:
        left = wait["until"] - now
        ends = f"ends {until(left)}" if left > 0 else f"should have ended {ago(-left)}"
        echo(f"{wait['agent']}  {wait['event']} of {wait['entity']}  since {ago(now - wait['since'])}, {ends}")
        echo(f"  because of {wait['because']}; otherwise {wait['otherwise']}")
    echo(counted(len(found["waits"]), "open wait") if found["waits"] else "no agent waits for anything")
