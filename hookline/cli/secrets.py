"""The secrets that sources sign with, and the key that grants are signed with."""

import sys
import time
from datetime import UTC, datetime

import click

from hookline.cli.options import aws
from hookline.operator import known
from hookline.operator.errors import OperatorError
from infra import naming

HOUR = 3600


@click.group()
def secrets() -> None:
    """Set and rotate what sources sign with, and rotate the key of the grants."""


@secrets.command()
@click.argument("source")
@click.option("--generate", is_flag=True, help="Make the new secret here, for providers that let you choose it.")
@click.option("--overlap", type=click.IntRange(0, 30 * 24), help="Hours that the old one goes on counting.")
@aws
def rotate(source: str, generate: bool, overlap: int | None, aws: bool) -> None:
    """Add a new signing secret for SOURCE; the present one retires by itself after an overlap.

    The new secret is read from standard input, or asked for where that is a terminal. Without a present one this
    simply sets it. The audit trail names the secret that each delivery was signed with by its label, the day of
    its rotation.
    """
    from hookline.local.stack import LocalStack, remember_secret
    from hookline.operator import rotation
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record

    manifest = known.source(source)
    new = rotation.generate() if generate else _asked(f"the new secret of {source} ({manifest.secret})")
    where, now = account(aws), time.time()
    seconds = manifest.overlap if overlap is None else overlap * HOUR
    had = rotation.read(where, source) is not None
    # On record before it is done: where that fails nothing has changed, and no new secret is set that nobody was shown.
    put_on_record(where, "rotated", resource=naming.signing_secret(source), reason=f"the old one for {seconds} s more")
    rotation.rotate(where, manifest, new, now, seconds)
    if isinstance(where, LocalStack):
        remember_secret(where, source, new)
    if generate:
        click.echo(f"new secret: {new}\nSet it at {source}: {manifest.secret}\n{manifest.documents}")
    click.echo(f"{source} takes the new secret within seconds.")
    if had:
        hours = f"{seconds / HOUR:g} more hours"
        click.echo(f"Deliveries signed with the old one are taken for {hours}, and at most five minutes longer.")


@secrets.command("verify-token")
@click.argument("source")
@aws
def verify_token(source: str, aws: bool) -> None:
    """Set what SOURCE repeats in its handshake (Meta calls it the verify token); it signs nothing."""
    from hookline.operator import rotation
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record

    known.source(source)
    where = account(aws)
    token = _asked(f"the verify token of {source}")
    put_on_record(where, "rotated", resource=naming.signing_secret(source), reason="the verify token")
    rotation.write(where, source, rotation.with_verify_token(rotation.read(where, source), token, time.time()))
    click.echo(f"{source} takes the verify token within five minutes.")


@secrets.command("rotate-grant-key")
@aws
def rotate_grant_key(aws: bool) -> None:
    """Make a new key that grants are minted with; the old one counts until the last of its grants has expired."""
    from hookline.operator import rotation
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record

    where = account(aws)
    end = rotation.rotate_grant_key(where, time.time())
    put_on_record(where, "rotated", resource=naming.GRANT_KEY)
    click.echo("Verifiers mint with the new key within five minutes, and its grants are taken from now on.")
    click.echo(f"The old one counts until {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC and retires by itself.")


def _asked(what: str) -> str:
    text = click.prompt(what, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise OperatorError("no secret was given: type it, or pass it on standard input")
    return text.strip()
