"""The commands `hookline sources`: list sources, show the setup of one, and test its verifier."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from functions.core.platform.detail_types import UNMAPPED
from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import console, echo, echo_json, print_result
from hookline.operator import known, source_list, source_setup


@click.group(cls=HintingGroup, invoke_without_command=True)
@as_json
@click.pass_context
def sources(context: click.Context, as_json: bool) -> None:
    """List the providers whose webhooks can be received and the events that they become, or show one."""
    if context.invoked_subcommand is None:
        print_result({"sources": source_list.listed()}, as_json, _table)


@sources.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Show how to set up a source at its provider, and the event of each raw type."""
    print_result(source_list.sheet(name), as_json, _print)


def _table(found: Mapping[str, Any]) -> None:
    table = Table(box=None)
    for column in ("source", "deployed", "algorithm", "timestamp", "translates", "documents"):
        table.add_column(column)
    for row in found["sources"]:
        fresh = f"±{row['tolerance_seconds']:.0f} s" if row["tolerance_seconds"] else "none"
        lines = "\n".join(_lines(row["translates"], row["source"]))
        table.add_row(row["source"], "yes" if row["deployed"] else "", row["algorithm"], fresh, lines, row["documents"])
    console().print(table)
    echo(
        "",
        "A source is deployed if an agent subscribes to it or 'hookline up --with' names it; "
        "on AWS, the context 'sources' in cdk.json adds others.",
        "'hookline sources show NAME' says how to set one up, with its URL while the local stack is up.",
    )


def _lines(translates: Mapping[str, Iterable[str]], source: str) -> Iterator[str]:
    """The raw types of each event, a line each, and what the others become."""
    by_event: dict[str, list[str]] = {}
    for raw_type, names in translates.items():
        by_event.setdefault(" or ".join(names), []).append(raw_type)
    for event, raw_types in by_event.items():
        yield f"{', '.join(raw_types)} → {event}"
    yield f"{'any other' if translates else 'any'} → {source}.{UNMAPPED}"


def _print(source: Mapping[str, Any]) -> None:
    window = source["tolerance_seconds"]
    signed = source["signs"] or "nothing: it is a shared value"
    facts = {
        "owner": source["owner"],
        "documents": source["documents"],
        "URL": source["url"] or f"{source['path']} below the output Url of stack hookline-ingress",
        "secret": source["secret"],
        "signature": f"{source['algorithm']} over {signed}, {source['signature_in']}",
        "keys": ", ".join(source["keys"]) or "none: no event of it names an entity",
        "needs": ", ".join(source["needs"]) or "nothing else",
        "timestamp": f"±{window:.0f} s" if window else "not signed",
        "identity": source["identity"],
        "tenant": source["tenant"],
        "entities": "; ".join(f"{kind}: {why}" for kind, why in source["names"].items()) or "none",
        "check": source["address_check"] or "none is documented",
        "addresses": f"{source['address_blocks']} blocks" if source["address_blocks"] else "not published",
        "largest body": source["largest_body"],
    }
    for fact, value in facts.items():
        echo(f"{fact:<13} {value}")
    echo("", "not certain", *(f"  - {doubt}" for doubt in source["doubts"] or ["nothing that is known"]))
    echo("", "events by raw type")
    becomes = {raw_type: " or ".join(names) for raw_type, names in source["translates"].items()}
    becomes |= dict.fromkeys(source["pings"], "no event: a ping, which is answered")
    becomes |= {"any other" if becomes else "any": f"{source['source']}.{UNMAPPED}"}
    width = max(map(len, becomes))
    for raw_type, name in becomes.items():
        echo(f"  {raw_type:<{width}}  {name}")


@sources.command()
@click.argument("name")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@as_json
def setup(name: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Show the steps of a source's setup at its provider, or check FILES, the answers of the provider's API.

    Exit code 1 if something is missing.
    """
    if not files:
        print_result({"source": name, "steps": source_setup.steps(name)}, as_json, lambda said: echo(*said["steps"]))
        return
    reasons = source_setup.missing(name, files)
    lines = reasons or ["nothing is missing"]
    print_result({"source": name, "missing": reasons}, as_json, lambda _: echo(*lines))
    sys.exit(int(bool(reasons)))


@sources.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON lines.")
def test(name: str, as_json: bool) -> None:
    """Send a source one valid delivery and every kind of invalid one, and show the responses.

    Uses the local stack, whose signing secret is generated. Exit code 1 if a response is not the expected one.
    """
    from hookline.operator.running import running_stack
    from hookline.testing.source_test import SourceTest

    manifest = known.source(name)

    running = running_stack(f"hookline up --with {name}")
    source_test = SourceTest(manifest, f"{running.url}/webhooks/{name}", running.signing_secret(name))
    table, failed = Table(box=None), 0
    for column in ("delivery", "expected", "response", ""):
        table.add_column(column)
    for trial in source_test.trials():
        failed += not trial.passed
        if as_json:
            row = {"trial": trial.name, "wanted": trial.status, "got": trial.got.status, "word": trial.got.word}
            echo_json({**row, "passed": trial.passed})
        wanted = f"{trial.status} {trial.word or ''}"
        table.add_row(trial.name, wanted, f"{trial.got.status} {trial.got.word[:60]}", "✓" if trial.passed else "✗")
    if not as_json:
        console().print(table)
    sys.exit(int(failed > 0))


@sources.command()
@aws
@as_json
def activity(aws: bool, as_json: bool) -> None:
    """Show what each source received and rejected lately, when it last spoke, and the state of its secret."""
    from time import time

    from hookline.operator.account import account

    print_result({"sources": source_list.activity(account(aws), time())}, as_json, _print_activity)


def _print_activity(found: Mapping[str, Any]) -> None:
    for one in found["sources"]:
        counts = f"{one['events']} events, {one['duplicates']} duplicates, {one['quarantined']} quarantined"
        echo(f"{one['source']}: last event {one['last_event'] or 'never'}; {counts} since {one['since'] or 'ever'}")
        echo(f"  {_silence(one['silence'])}")
        echo(*(f"  rejected {count}: {reason}" for reason, count in one["rejected"].items()))
        if secret := one["secret"]:
            values = [f"{v['label']}{' until ' + v['until'] if v['until'] else ''}" for v in secret["values"]]
            echo(f"  secret {secret['secret']}: {secret['fault'] or ', '.join(values) or 'no value'}")


def _silence(found: Mapping[str, Any]) -> str:
    if found["why"]:
        return f"silence: not judged: {found['why']}"
    state = "SILENT" if found["is_silent"] else "as usual"
    usual = f"usually {found['per_week']:,} deliveries a week"
    return f"silence: {state}, at {found['silence']:.2f} of an unusual one; {usual}"
