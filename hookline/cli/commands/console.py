"""`hookline console`."""

import click

from hookline.cli.options import aws
from hookline.cli.output import echo, echo_link


@click.command()
@click.option("--port", type=click.IntRange(1024, 65535), help="Default: HOOKLINE_CONSOLE_PORT, or 4568.")
@aws
def console(port: int | None, aws: bool) -> None:
    """Serve the console: a web application on this machine, with your own AWS credentials.

    Open the address that it prints; it holds the token of the session. Only this machine can reach it. Ctrl-C stops
    it.
    """
    from secrets import token_urlsafe

    from hookline.console.serve import listening, serve
    from hookline.console.session import Session
    from hookline.local import console_process
    from hookline.operator.account import account
    from hookline.operator.found_account import Found

    found = Found(lambda: account(aws))
    found()  # what is missing is said before anything is served
    if not aws and (running := console_process.find()):
        echo("the console of the local stack is running already:")
        echo_link(running.address)
        return
    listens = listening(port or console_process.port())
    session = Session(token_urlsafe(32), listens.getsockname()[1])
    echo("the console, until Ctrl-C:")
    echo_link(session.address)
    serve(found, session, listens)
