"""Reads the runs of managers: each is an item of its manager's table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.events.tasks import OPERATOR, RUN_CANCELLED
from functions.core.platform.times import rfc3339
from functions.core.workflows.deadlines import message
from functions.core.workflows.runs import PREFIX, read_item
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.ids import complete
from hookline.validation.discovery import read_project
from infra import naming

# The first lines of what each message that a run receives leads to.
RECEIVED = ("started", "answered", "failed", "approved", "denied", "expired")
MOST_PAGES = 50  # of one table, each of 1 MB
LONGEST_REASON = 200


def listed(account: Account) -> list[Mapping[str, Any]]:
    """The runs of all managers, the newest first, without their tasks."""
    runs = [run for manager in _managers() for run in _runs_of(account, manager)]
    hidden = ("task", "tasks", "history", "strays", "guards", "origin")
    shown = [{name: value for name, value in run.items() if name not in hidden} for run in runs]
    return sorted(shown, key=lambda run: run["saved"], reverse=True)


def caused_by(account: Account, events: Iterable[str]) -> list[Mapping[str, Any]]:
    """The runs that these events started, in the order of the events, with everything that is kept of each."""
    order = {event: number for number, event in enumerate(events)}
    runs = [run for manager in _managers() for run in _runs_of(account, manager) if run["because"] in order]
    return sorted(runs, key=lambda run: order[run["because"]])


def find(account: Account, id: str) -> Mapping[str, Any]:
    """One run with its tasks, its history and the messages that changed nothing, by its id or a prefix of it.

    Raises UnknownName if there is none, and OperatorError if there are several.
    """
    runs = {run["run"]: run for manager in _managers() for run in _runs_of(account, manager)}
    found = complete(id, {run: one["manager"] for run, one in runs.items()}, "runs")
    if found is None:
        raise UnknownName("run", id, runs)
    return runs[found]


def cancel(account: Account, run: Mapping[str, Any], reason: str, now: float) -> None:
    """Send the run's manager a cancellation. It ends the run unless that is over by then."""
    origin = Event(**json.loads(run["origin"]))
    told = {"agent": run["manager"], "run": run["run"], "reason": reason[:LONGEST_REASON]}
    cancelled = origin.child(
        source=OPERATOR, type=RUN_CANCELLED, time=rfc3339(now), data=told, schema=f"{RUN_CANCELLED}/1"
    )
    sqs = account.client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=naming.agent(run["manager"]))["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=message(cancelled))
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the queue of {run['manager']} cannot be reached: {error}") from None


def _managers() -> list[str]:
    project, _ = read_project()
    return [name for name, agent in project.agents.items() if agent.workflow]


def _runs_of(account: Account, manager: str) -> Iterator[Mapping[str, Any]]:
    request = {
        "TableName": naming.idempotency_table(manager),
        "FilterExpression": "begins_with(id, :run)",
        "ExpressionAttributeValues": {":run": {"S": PREFIX}},
    }
    try:
        pages = account.client("dynamodb").get_paginator("scan").paginate(**request)
        for number, page in enumerate(pages):
            if number == MOST_PAGES:
                raise OperatorError(f"the table of {manager} has more than {MOST_PAGES} MB: not all of it was read")
            yield from (_shown(manager, item) for item in page["Items"])
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ResourceNotFoundException":
            return  # it is not deployed
        raise OperatorError(f"the runs of {manager} cannot be read: {error}") from None


def _shown(manager: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = read_item(item)
    state = json.loads(stored.state)
    return {
        "run": state["run"],
        "manager": manager,
        "state": state["end"] or "running",
        "reason": state["reason"],
        "saved": int(item["saved"]["N"]),
        "because": stored.origin.id,
        "assigned": len(state["tasks"]),
        "waiting": sum(task["status"] == "open" for task in state["tasks"]),
        "unpublished": len(stored.outbox),
        "guards": _guards(state),
        **{name: state[name] for name in ("task", "tasks", "history", "strays", "strayed", "recorded")},
        "origin": item["origin"]["S"],
    }


def _guards(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What guards saw: which one, what, and after how many messages, the start included; None if lines are left out."""
    found, steps = [], 0
    whole = state["recorded"] == len(state["history"])
    for one in state["history"]:
        steps += one["kind"] in RECEIVED
        if one["kind"] == "guard":
            guard, _, saw = one["note"].partition(": ")
            found.append({"guard": guard, "saw": saw, "steps": steps if whole else None})
    return found
