"""The `hookline` command, also `python -m hookline`."""

import sys
from typing import NoReturn

import click

from functions.core.platform.errors import HooklineError
from hookline.cli.agents import agents
from hookline.cli.audit import audit
from hookline.cli.budget import budget
from hookline.cli.connectors import connectors
from hookline.cli.cost import cost
from hookline.cli.dead_letters import dead_letters
from hookline.cli.deploy import deploy
from hookline.cli.local import demo, down, send, up
from hookline.cli.output import echo
from hookline.cli.reviews import reviews
from hookline.cli.secrets import secrets
from hookline.cli.sources import sources
from hookline.operator.errors import OperatorError

EPILOG = "Start with 'hookline demo': it needs no AWS account and no Docker, and shows each step of an event."


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hookline")
def hookline() -> None:
    """Runs AI agents that listen instead of poll.

    A signed webhook is verified, becomes a typed event on the bus, waits in the queue of the agent that subscribes
    to it, and wakes that agent. On this machine the same stacks run on a local emulator of AWS, and sandboxes
    replace the providers.
    """


for command in (
    up,
    down,
    send,
    demo,
    deploy,
    sources,
    connectors,
    secrets,
    agents,
    dead_letters,
    budget,
    reviews,
    audit,
    cost,
):
    hookline.add_command(command)


def main() -> None:
    """Run the command. An error that the operator can fix prints one line and exits with code 1, no traceback."""
    try:
        hookline(prog_name="hookline")
    except (OperatorError, HooklineError) as error:
        _end(str(error))
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError  # slow to import, and rarely needed

        if not isinstance(error, BotoCoreError | ClientError):
            raise
        _end(f"AWS: {error}")


def _end(why: str) -> NoReturn:
    echo(*f"hookline: {why}".split("\n"), err=True)  # several findings are several lines
    sys.exit(1)


if __name__ == "__main__":
    main()
