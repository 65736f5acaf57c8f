"""`hookline now`."""

import time
from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import counted, echo, print_result


@click.command()
@aws
@as_json
def now(aws: bool, as_json: bool) -> None:
    """Show what happens now: sources, queues, agents, connectors, latency, and what waits for a person."""
    from hookline.operator.account import account
    from hookline.operator.overview import models_today, overview, queue_ages

    where, at = account(aws), time.time()
    slow = {"models_today": models_today(where, at), "queue_ages": queue_ages(where, at)}
    print_result({**overview(where, at), **slow}, as_json, _print)


def _print(found: Mapping[str, Any]) -> None:
    bus, took, models = found["bus"]["per_minute"], found["latency_ms"], found["models_today"]
    echo(f"{counted(bus[-1], 'event')} this minute, {counted(sum(bus), 'event')} in {len(bus)} minutes")
    if took["decisions"]:
        echo(f"to a decision: p50 {took['p50']} ms, p95 {took['p95']} ms, of {counted(took['decisions'], 'decision')}")
    spent = f"${models['microdollars'] / 1_000_000:.4f}"
    echo(f"models today: {spent}{'' if models['complete'] else ' or more'}")
    echo(f"{counted(found['reviews_waiting'], 'review')} waiting, {counted(found['dead_letters'], 'dead letter')}", "")
    for one in found["sources"]:
        echo(f"source     {one['source']:<16} last {one['last'] or 'never'}, {one['rejected']} rejected")
    for one in found["agents"]:
        age = found["queue_ages"].get(one["agent"])
        oldest = f", the oldest for {age:.0f} s" if age is not None else ""
        counts = f"{one['waiting']} waiting{oldest}, {one['failing']} failing, {one['dead_letters']} dead"
        echo(f"agent      {one['agent']:<16} {counts}, last decision {one['last'] or 'never'}")
    for one in found["connectors"]:
        echo(f"connector  {one['connector']:<16} circuit {one['circuit']}, last call {one['last'] or 'never'}")
