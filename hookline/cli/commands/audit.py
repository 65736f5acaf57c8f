"""The commands `hookline audit`: show, export, verify and reconcile the audit trail."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import console, counted, echo, echo_json, print_result, progress
from hookline.cli.times import since_time
from hookline.operator.errors import OperatorError

key_files = click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of a public key that you trust; may be given counted times.",
)

since = click.option(
    "--since", default="", metavar="TIME", help="Only records since then: 2026-11-01 or 2026-11-01T12:00:00Z."
)


@click.group(cls=HintingGroup)
def audit() -> None:
    """Show, export and verify the audit trail (docs/audit.md)."""


@audit.command()
@aws
@as_json
def chains(aws: bool, as_json: bool) -> None:
    """List the chains with their lengths, and the last checkpoint: how many records of each it confirms."""
    from hookline.operator.account import account
    from hookline.operator.audit import state

    print_result(state.chains(account(aws)), as_json, _print_chains)


def _print_chains(found: Mapping[str, Any]) -> None:
    for one in found["chains"]:
        echo(f"{one['identity']:<24} {one['records']:>9,} records, {one['confirmed']:,} confirmed")
    last = found["checkpoint"]
    echo(f"last checkpoint: {last['number']} of {last['at']}" if last else "no checkpoint yet")
    echo(*(f"public key SHA-256 {key}" for key in found["keys"]))


@audit.command()
@click.argument("event", required=False)
@click.option("--identity", default="", metavar="NAME", help="The chain of one identity: agent.fraud, or operator.")
@since
@aws
@as_json
def show(event: str | None, identity: str, since: str, aws: bool, as_json: bool) -> None:
    """Draw the causal tree that has the event EVENT: who did what, when, and why.

    With --identity instead: every record of one identity, the newest last. The chain `operator` is of all operators.
    With --json, a tree is one document, with the data of its events.
    """
    if bool(event) == bool(identity):
        raise click.UsageError("name the id of an event, or an identity with --identity")
    if since and not identity:
        raise click.UsageError("--since goes with --identity: a tree is drawn whole")
    from hookline.operator.account import account
    from hookline.operator.event_trace import trace
    from hookline.operator.trail import Trail

    start = since_time(since)
    trail = Trail(account(aws).client("dynamodb"))
    if event and as_json:
        echo_json(trace(account(aws), event), indent=2)
    elif event:
        _show_tree(trail, event)
    else:
        _show_chain(trail, identity, start, as_json)


def _show_tree(trail: Any, event: str) -> None:
    from hookline.operator.audit.tree import tree, whole
    from hookline.operator.event_trace import NoRecord, root_of

    first = root_of(trail, event)
    if not (records := whole(trail, first)):
        raise NoRecord(event)
    console().print(tree(first, records))


def _show_chain(trail: Any, identity: str, since: str, as_json: bool) -> None:
    from hookline.operator.audit import listing

    output, shown = console(), False
    for record in listing.chain(trail, identity, since):
        if as_json:
            echo_json(record)
        else:
            output.print(listing.line(record))
        shown = True
    if not shown:
        echo(f"{identity} has no records since {since}", err=True)


@audit.command()
@since
@click.option("--identity", "identities", multiple=True, help="Only this chain, for example agent.fraud; repeatable.")
@aws
def export(since: str, identities: tuple[str, ...], aws: bool) -> None:
    """Write the records of all chains, the checkpoints and the public key to standard output, as JSON lines.

    Objects among the checkpoints that are not valid ones are left out, and named on standard error.
    """
    from hookline.operator.account import account
    from hookline.operator.audit import stored
    from hookline.operator.audit.state import few

    output, left_out = sys.stdout.buffer, list[str]()
    for line in stored.export(account(aws), time.time(), left_out.append, since_time(since), identities):
        output.write(line)
    output.flush()
    for what in few(left_out):
        echo(f"left out: {what}", err=True)


@audit.command()
@aws
def key(aws: bool) -> None:
    """Write the public key of the checkpoints, in PEM; its fingerprint goes to standard error."""
    from hookline.operator.account import account
    from hookline.operator.audit import stored
    from hookline.operator.audit.signing_keys import fingerprint, from_pem

    for pem in stored.public_keys(account(aws)).values():
        echo(*pem.splitlines())
        echo(f"SHA-256 {fingerprint(from_pem(pem))}", err=True)


@audit.command()
@aws
def checkpoint(aws: bool) -> None:
    """Make a checkpoint now: the signed heads of all chains.

    Exit code 1 if a chain does not extend its head in the previous checkpoint.
    """
    from hookline.operator.account import account
    from hookline.operator.audit import stored
    from hookline.operator.audit.checkpointing import checkpoint_now
    from hookline.operator.audit.signing_keys import fingerprint, from_pem

    where = account(aws)
    (pem,) = stored.public_keys(where).values()
    made, broken = checkpoint_now(where)
    echo(f"checkpoint {made['number']:,} of {made['at']}: {counted(len(made['heads']), 'head')}")
    echo(f"signed by the key SHA-256 {fingerprint(from_pem(pem))}")
    for identity in broken:
        echo(f"WRONG  {identity}: does not extend its head in the previous checkpoint")
    sys.exit(int(bool(broken)))


@audit.command()
@click.argument("file", required=False, type=click.File("rb"))
@key_files
@aws
def verify(file: IO[bytes] | None, key_files: Sequence[Path], aws: bool) -> None:
    """Verify the trail, or with FILE ('-' is standard input) an export of it, offline and with only the public key.

    Exit code 1 if there is a problem; the first bad record of each chain is named. Without FILE the key comes from
    KMS. With FILE and without --key, the signatures are verified with the key in the file only, which does not prove
    who made them.
    """
    from hookline.operator.account import account
    from hookline.operator.audit.state import verified
    from hookline.operator.audit.verify import verify

    keys = [_key(path) for path in key_files]
    if file:
        report = verify(file, keys)
    else:
        with progress("reading the trail") as shown:
            report = verified(account(aws), keys, time.time(), shown)
    if not report.is_export:
        name = file.name if file else "this"
        raise OperatorError(f"{name} is not an export of the audit trail: no line is from 'hookline audit export'")
    for problem in report.problems:
        echo(f"WRONG  {problem}")
    if report.others:
        echo(f"WRONG  … and {counted(report.others, 'other problem')}")
    for note in report.notes:
        echo(f"note   {note}")
    echo(
        f"{counted(report.records, 'record')} in {counted(report.chains, 'chain')}, "
        f"{counted(report.checkpoints, 'checkpoint')}"
    )
    found = len(report.problems) + report.others
    echo(counted(found, "problem") if found else "valid: no problems")
    sys.exit(int(bool(report.problems)))


@audit.command()
@aws
def reconcile(aws: bool) -> None:
    """Compare the effect ledger with the trail: each effect in one must be in the other.

    Exit code 1 if there is an unexplained difference.
    """
    from hookline.operator.account import account
    from hookline.operator.audit.effects import reconciled

    with progress("reading the connectors' chains") as shown:
        found = reconciled(account(aws), time.time(), shown)
    for word, found_so in (("pending", found.pending), ("explained", found.explained), ("WRONG", found.unexplained)):
        for one in found_so:
            echo(f"{word:<10} {one}")
    echo(
        f"{counted(found.matched, 'effect')} in the ledger and on record, {len(found.pending)} pending, "
        f"{len(found.explained)} explained, {len(found.unexplained)} unexplained"
    )
    sys.exit(int(bool(found.unexplained)))


def _key(path: Path) -> Any:
    from hookline.operator.audit.signing_keys import from_pem

    try:
        return from_pem(path.read_text())
    except ValueError as error:  # also for a file that is not text
        raise OperatorError(f"{path}: {error}") from None
