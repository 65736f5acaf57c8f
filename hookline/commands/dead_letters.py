"""What could not be handled."""

import click

from hookline.commands.options import aws
from hookline.commands.output import plain
from hookline.errors import OperatorError


@click.group("dead-letters", invoke_without_command=True)
@aws
@click.pass_context
def dead_letters(context: click.Context, aws: bool) -> None:
    """List what could not be handled, with its reason: dead letters, and signed bodies that could not be read."""
    from hookline.account import account
    from hookline.dead_letters import letters

    if context.invoked_subcommand is None:
        waiting = list(letters(account(aws)))
        for letter in waiting:
            click.echo(f"{plain(letter.id)}  {letter.place}  {plain(str(letter.event))}\n    {plain(letter.reason)}")
        click.echo(f"{len(waiting)} waiting" if waiting else "nothing waits")


@dead_letters.command()
@click.argument("id")
@aws
def show(id: str, aws: bool) -> None:
    """Print the whole of one."""
    from hookline import dead_letters as waiting
    from hookline.account import account

    click.echo(waiting.show(account(aws), id))


@dead_letters.command()
@click.argument("id", required=False)
@click.option("--all", "everything", is_flag=True, help="All that waits.")
@aws
def redrive(id: str | None, everything: bool, aws: bool) -> None:
    """Give one, or with --all everything, another try, after you have mended what it failed at."""
    from hookline import dead_letters as waiting
    from hookline.account import account

    if bool(id) == everything:
        raise OperatorError("name one id, or say --all")
    done = list(waiting.redrive(account(aws), id))
    for one, outcome in done:
        click.echo(f"{one}  {outcome}")
    if not done:
        raise OperatorError(f"there is no dead letter {id}" if id else "nothing waits")
