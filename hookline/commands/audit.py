"""The audit trail: look at it, take it along, verify it."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click

from functions.core.times import rfc3339
from hookline.commands.options import aws
from hookline.commands.output import console, plain, several
from hookline.errors import OperatorError

key_files = click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of a public key that you trust; may be given several times.",
)


@click.group()
def audit() -> None:
    """Look at the audit trail, export it, verify it (docs/audit.md)."""


@audit.command()
@click.argument("correlation")
@aws
def show(correlation: str, aws: bool) -> None:
    """Draw the whole causal tree of CORRELATION, the id of its first event: who did what, when, and why."""
    from hookline.account import account
    from hookline.audit.tree import tree
    from hookline.trail import Trail

    records = Trail(account(aws).client("dynamodb")).of_correlation(correlation)
    if not records:
        raise OperatorError(
            f"nothing is on record for {correlation}; ids begin with their source, as in stripe:evt_1, "
            "and the newest records may take a moment"
        )
    console().print(tree(correlation, records))


@audit.command()
@click.option(
    "--since", default="", metavar="TIME", help="Leave out what is older: 2026-11-01 or 2026-11-01T12:00:00Z."
)
@click.option("--identity", "identities", multiple=True, help="Only this chain, agent.fraud for instance; repeatable.")
@aws
def export(since: str, identities: tuple[str, ...], aws: bool) -> None:
    """Write the records of all chains, the checkpoints and the public key to standard output, as JSON lines."""
    from hookline.account import account
    from hookline.audit import stored

    output = sys.stdout.buffer
    for line in stored.export(account(aws), time.time(), _time(since), identities):
        output.write(line)
    output.flush()


@audit.command()
@click.argument("file", required=False, type=click.File("rb"))
@key_files
@aws
def verify(file: IO[bytes] | None, key_files: Sequence[Path], aws: bool) -> None:
    """Verify the trail, or with FILE ('-' is standard input) an export of it, offline and with the public key alone.

    Exit code 1 where anything is wrong; the first bad record of each chain is named. Without FILE the key comes from
    KMS. With FILE and without --key, the signatures are held against the key in the file only, which proves nothing
    of who made them.
    """
    from hookline.audit.verify import verify

    keys = [_key(path) for path in key_files]
    report = verify(file, keys) if file else _verified_here(aws, keys)
    for problem in report.problems:
        click.echo(f"WRONG  {plain(str(problem))}")
    for note in report.notes:
        click.echo(f"note   {plain(note)}")
    click.echo(
        f"{several(report.records, 'record')} in {several(report.chains, 'chain')}, "
        f"{several(report.checkpoints, 'checkpoint')}"
    )
    click.echo(several(len(report.problems), "problem") if report.problems else "whole: nothing is wrong with it")
    sys.exit(int(bool(report.problems)))


@audit.command()
@aws
def reconcile(aws: bool) -> None:
    """Hold the effect ledger against the trail: every effect is on record, and every one on record happened.

    Exit code 1 where one is left unexplained.
    """
    from hookline.account import account
    from hookline.audit.effects import reconciled

    found = reconciled(account(aws), time.time())
    for word, found_so in (("pending", found.pending), ("explained", found.explained), ("WRONG", found.unexplained)):
        for one in found_so:
            click.echo(f"{word:<10} {plain(one)}")
    click.echo(
        f"{several(found.matched, 'effect')} in the ledger and on record, {len(found.pending)} pending, "
        f"{len(found.explained)} explained, {len(found.unexplained)} unexplained"
    )
    sys.exit(int(bool(found.unexplained)))


def _verified_here(aws: bool, keys: Sequence[Any]) -> Any:
    """The report on the trail as it is stored now; the key in KMS is trusted beside `keys`."""
    from hookline.account import account
    from hookline.audit import stored
    from hookline.audit.signing_keys import from_pem
    from hookline.audit.verify import verify

    where = account(aws)
    own = [from_pem(pem) for pem in stored.public_keys(where).values()]
    return verify(stored.export(where, time.time()), [*keys, *own])


def _time(text: str) -> str:
    """A time as records have it, "" for none. Without an offset it is in UTC."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise OperatorError(f"--since {text!r} is no time: 2026-11-01 or 2026-11-01T12:00:00Z") from None
    if time is None:
        return ""
    return rfc3339((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def _key(path: Path) -> Any:
    from hookline.audit.signing_keys import from_pem

    try:
        return from_pem(path.read_text())
    except ValueError as error:  # also where it is no text
        raise OperatorError(f"{path}: {error}") from None
