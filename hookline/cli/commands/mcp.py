"""`hookline mcp`."""

import click

from hookline.cli.options import aws


@click.command()
@click.option("--allow-acts", is_flag=True, help="Also offer acts, such as a decision on a review. Each is recorded.")
@aws
def mcp(allow_acts: bool, aws: bool) -> None:
    """Serve what the console shows to a coding agent: an MCP server on standard input and output.

    It only reads, unless --allow-acts is given. Register it in your agent's settings with this command.
    """
    import time

    from hookline.mcp_server import build
    from hookline.operator.account import account
    from hookline.operator.found_account import Found

    found = Found(lambda: account(aws))
    found()  # what is missing is said before anything is served
    build(found, time.time, allow_acts).run("stdio")
