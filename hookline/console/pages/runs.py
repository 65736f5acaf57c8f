"""Runs: the workflows' runs, and one with its members, stages, guards and end."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator import acts, runs

page = Page("Runs", order=30)

MOST = 100  # runs of a page


@page.view("runs.html", command="runs", tool="list_runs")
def listed(asked: Asked) -> Mapping[str, Any]:
    """The newest runs, or those before one."""
    return runs.listed(asked.account, MOST, asked.query.get("before", ""))


@page.view("run.html", "one", command="runs show RUN", tool="show_run")
def one(asked: Asked) -> Mapping[str, Any]:
    """One run."""
    return {"run": runs.find(asked.account, asked.needs("id")), "running": acts.RUNNING}


@page.act("cancel", command="runs cancel RUN", tool="cancel_run")
def cancel(asked: Asked) -> Done:
    """End a run."""
    told = acts.cancel(asked.account, asked.needs("id"), asked.needs("note"), asked.now)
    return Done(f"sent to {told['manager']}, which ends the run unless it is over by then", _one(told["run"]))


def _one(run: str) -> str:
    return f"/runs/one?id={run}"
