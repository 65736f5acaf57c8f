"""The sources: what there is, how each is set up, and whether its verifier can be fooled."""

import sys

import click
from rich.table import Table

from functions.core.signature_schemes import SCHEMES
from hookline import known
from hookline.commands.output import console
from hookline.errors import OperatorError
from hookline.local import stack
from infra.discovery import discover


@click.group(invoke_without_command=True)
@click.pass_context
def sources(context: click.Context) -> None:
    """List the providers whose webhooks can be received, or look at one."""
    if context.invoked_subcommand is None:
        table = Table(box=None)
        for column in ("source", "deployed", "algorithm", "timestamp", "documents"):
            table.add_column(column)
        house = discover()
        deployed = {manifest.name for manifest in house.listened_to(stack.asked_for())}
        for name, manifest in house.sources.items():
            scheme = SCHEMES[name]
            fresh = f"±{manifest.tolerance or scheme.tolerance:.0f} s" if scheme.tolerance else "none"
            table.add_row(name, "yes" if name in deployed else "", scheme.algorithm, fresh, manifest.documents)
        console().print(table)
        click.echo(
            "\n'deployed' are those that an agent hears, and here those of 'hookline up --with'; "
            "on AWS, context 'sources' in cdk.json adds others."
        )


@sources.command()
@click.argument("name")
def show(name: str) -> None:
    """Tell how to set a source up at its provider, and what becomes of its deliveries."""
    manifest = known.source(name)
    scheme = SCHEMES[name]
    where = f"in the body, at {'.'.join(scheme.header.path)}" if not isinstance(scheme.header, str) else scheme.header
    window = f"{manifest.tolerance or scheme.tolerance:.0f} s on both sides" if scheme.tolerance else "not signed"
    facts = {
        "owner": manifest.owner,
        "documents": manifest.documents,
        "address": f"<Url of stack hookline-ingress>/webhooks/{name}",
        "secret": manifest.secret,
        "signature": f"{scheme.algorithm} over {scheme.signs or 'nothing: a shared value'}, {where}",
        "freshness": window,
        "event id": " / ".join(manifest.reading.id) or "the signed delivery id, else the body's digest",
        "addresses": f"{len(manifest.addresses)} blocks" if manifest.addresses else "not published",
        "largest body": f"{manifest.max_bytes:,} bytes",
    }
    for fact, value in facts.items():
        click.echo(f"{fact:<13} {value}")


@sources.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON lines.")
def test(name: str, as_json: bool) -> None:
    """Send a source one good delivery and the whole set of bad ones, and show what each got.

    Works on the local stack, whose signing secret is made up. Exit code 1 where an answer is not what it should be.
    """
    import json

    from hookline.source_test import Bench

    manifest = known.source(name)
    running = stack.find()
    if running is None:
        raise OperatorError(f"the local stack is not up: run 'hookline up --with {name}' first")
    bench = Bench(manifest, f"{running.url}/webhooks/{name}", running.signing_secret(name))
    table, failed = Table(box=None), 0
    for column in ("delivery", "should get", "got", ""):
        table.add_column(column)
    for trial in bench.trials():
        failed += not trial.passed
        if as_json:
            row = {"trial": trial.name, "wanted": trial.status, "got": trial.got.status, "word": trial.got.word}
            click.echo(json.dumps({**row, "passed": trial.passed}))
        wanted = f"{trial.status} {trial.word or ''}"
        table.add_row(trial.name, wanted, f"{trial.got.status} {trial.got.word[:60]}", "✓" if trial.passed else "✗")
    if not as_json:
        console().print(table)
    sys.exit(int(failed > 0))
