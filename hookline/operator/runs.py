"""Reads the runs of managers, each an item of its manager's table, by the index of runs; and cancels one."""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.events.tasks import OPERATOR, RUN_CANCELLED
from functions.core.platform.times import rfc3339
from functions.core.runtime.deadlines import message
from functions.core.workflows.runs import INDEX, INDEX_KEYS, INDEX_SHOWS, KIND, PREFIX, RUN_DIGITS, read_item, run_id
from functions.core.workflows.spill import prefix
from hookline.operator import known
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError, UnknownId
from hookline.operator.ids import SHORTEST, complete
from infra import naming

# The first lines of what each message that a run receives leads to.
RECEIVED = ("started", "answered", "failed", "approved", "denied", "expired")
MOST_READ = 10_000  # runs of one manager that are looked through for the beginning of an id
MOST_OBJECTS = 1_000  # of the record of one run
LONGEST_REASON = 200


def listed(account: Account, most: int, before: str = "") -> Mapping[str, Any]:
    """The `most` runs that started last, the newest first; `before` a run, by its id or the beginning of it.

    `more` says whether older ones are left out. Reads one page of the index of each manager. Raises UnknownId if
    there is no run `before`.
    """
    place = _found(account, before)["started"] if before else ""
    with ThreadPoolExecutor(8) as pool:
        pages = pool.map(lambda manager: _newest(account, manager, most + 1, place), _managers())
    found = [run for page in pages for run in page]
    newest = sorted(found, key=lambda run: run["started"], reverse=True)
    shown = [{**run, "started": run["started"].partition(" ")[0]} for run in newest[:most]]
    return {"runs": shown, "more": len(newest) > most}


def caused_by(account: Account, events: Iterable[str]) -> list[Mapping[str, Any]]:
    """The runs that these events started, in the order of the events, with everything that is kept of each.

    An event that several managers subscribe to starts a run of each, under the same id.
    """
    ids, managers = [run_id(event) for event in events], _managers()
    found = [run for id in ids for manager in managers for run in _at(account, manager, id)]
    return [_kept(account, run) for run in found]


def find(account: Account, id: str) -> Mapping[str, Any]:
    """One run with its tasks, its whole history and the messages that changed nothing, by its id or its beginning.

    Raises UnknownId if there is none, and OperatorError if there are several.
    """
    return _kept(account, _found(account, id))


def _kept(account: Account, run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Everything that is kept of a run. Raises UnknownId if it has expired since it was found."""
    manager, key = run["manager"], {"id": {"S": f"{PREFIX}{run['run']}"}}
    try:
        item = account.client("dynamodb").get_item(TableName=naming.idempotency_table(manager), Key=key).get("Item")
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the runs of {manager} cannot be read: {error}") from None
    if item is None:
        raise UnknownId("run", run["run"], "hookline runs")
    return _whole(account, manager, item)


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
    return [name for name, agent in known.find().project.agents.items() if agent.workflow]


def _found(account: Account, id: str) -> Mapping[str, Any]:
    """The run of an id or the beginning of one, as the index shows it. A whole id is looked up by its key."""
    managers = _managers()
    if len(id) == RUN_DIGITS:
        found = [run for manager in managers for run in _at(account, manager, id)]
        if found:
            return found[0]
    elif len(id) >= SHORTEST:
        runs = {run["run"]: run for manager in managers for run in _newest(account, manager, MOST_READ)}
        if whole := complete(id, {run: one["manager"] for run, one in runs.items()}, "runs"):
            return runs[whole]
        if len(runs) >= MOST_READ:
            raise OperatorError(f"no run of the newest {MOST_READ} of a manager begins with {id}: write the whole id")
    raise UnknownId("run", repr(id), "hookline runs")


def _at(account: Account, manager: str, run: str) -> list[Mapping[str, Any]]:
    """The run of a manager as the index shows it, none if it has no such run or is not deployed."""
    request = {
        "TableName": naming.idempotency_table(manager),
        "Key": {"id": {"S": f"{PREFIX}{run}"}},
        "ProjectionExpression": "#started, summary, saved",
        "ExpressionAttributeNames": {"#started": INDEX_KEYS[1]},
    }
    try:
        item = account.client("dynamodb").get_item(**request).get("Item", {})
    except (ClientError, BotoCoreError) as error:
        if _is_missing(error):
            return []  # it is not deployed
        raise OperatorError(f"the runs of {manager} cannot be read: {error}") from None
    return [_line(manager, item)] if "started" in item else []


def _newest(account: Account, manager: str, most: int, before: str = "") -> list[Mapping[str, Any]]:
    """What the index shows of the `most` newest runs of a manager, of those before a place in it."""
    kind, started = INDEX_KEYS
    names, values = {"#kind": kind}, {":kind": {"S": KIND}}
    condition = "#kind = :kind"
    if before:
        names["#started"], values[":before"] = started, {"S": before}
        condition += " AND #started < :before"
    request = {
        "TableName": naming.idempotency_table(manager),
        "IndexName": INDEX,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": False,
    }
    found: list[Mapping[str, Any]] = []
    try:
        pages = account.client("dynamodb").get_paginator("query")
        for page in pages.paginate(**request, PaginationConfig={"PageSize": most}):
            found += [_line(manager, item) for item in page["Items"]]
            if len(found) >= most:
                break
    except (ClientError, BotoCoreError) as error:
        if _is_missing(error):
            return []  # it is not deployed
        raise OperatorError(f"the runs of {manager} cannot be read: {error}") from None
    return found[:most]


def _line(manager: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """One run in a list. `started` is its place there: the time of its start and its id."""
    summary, saved = INDEX_SHOWS
    place = item[INDEX_KEYS[1]]["S"]
    more = {"started": place, "saved": int(item[saved]["N"])}
    return {"run": place.partition(" ")[2], "manager": manager, **more, **json.loads(item[summary]["S"])}


def _whole(account: Account, manager: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = read_item(item)
    state = json.loads(stored.state)
    spilled = _spilled(account, manager, state["run"])
    record = {name: [*spilled[name], *state[name]] for name in ("history", "strays")}
    return {
        "run": state["run"],
        "manager": manager,
        "state": state["end"] or "running",
        "reason": state["reason"],
        "started": stored.started.partition(" ")[0],
        "saved": int(item["saved"]["N"]),
        "because": stored.origin.id,
        "assigned": len(state["tasks"]),
        "waiting": sum(task["status"] == "open" for task in state["tasks"]),
        "unpublished": len(stored.outbox),
        **{name: state[name] for name in ("task", "tasks", "news", "strayed", "recorded")},
        **record,
        "guards": _guards(record["history"], state["recorded"]),
        "origin": item["origin"]["S"],
    }


def _spilled(account: Account, manager: str, run: str) -> Mapping[str, list[Any]]:
    """The part of a run's record that is in S3, in its order."""
    s3, within = account.client("s3"), prefix(manager, run)
    entries: dict[str, dict[int, Any]] = {"history": {}, "strays": {}}
    try:
        bucket = naming.bodies_bucket(account.client("sts").get_caller_identity()["Account"], s3.meta.region_name)
        for item in s3.list_objects_v2(Bucket=bucket, Prefix=within, MaxKeys=MOST_OBJECTS).get("Contents", []):
            kind = item["Key"].removeprefix(within).partition("/")[0]
            content = json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
            entries.setdefault(kind, {}).update({entry["number"]: entry for entry in content})
    except (ClientError, BotoCoreError, ValueError, KeyError, TypeError) as error:
        raise OperatorError(f"the record of run {run} in S3 cannot be read: {error}") from None
    return {kind: [of[number] for number in sorted(of)] for kind, of in entries.items()}


def _is_missing(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "ResourceNotFoundException"


def _guards(history: Sequence[Mapping[str, Any]], recorded: int) -> list[dict[str, Any]]:
    """What guards saw: which one, what, and after how many messages, the start included; None if lines are left out."""
    found, steps = [], 0
    whole = recorded == len(history)
    for one in history:
        steps += one["kind"] in RECEIVED
        if one["kind"] == "guard":
            guard, _, saw = one["note"].partition(": ")
            found.append({"guard": guard, "saw": saw, "steps": steps if whole else None})
    return found
