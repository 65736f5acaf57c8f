"""Reads what agents wait for: each wait is an item of its agent's table."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.runtime.wait_store import OPEN, PREFIX, read_item
from hookline.operator import known
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from infra import naming

MOST_PAGES = 50  # of one table, each of 1 MB


def listed(account: Account) -> list[Mapping[str, Any]]:
    """The open waits of all agents, the first to end first."""
    agents = known.find().project.agents
    waits = [wait for name, agent in agents.items() if agent.waits for wait in _waits_of(account, name)]
    return sorted(waits, key=lambda wait: wait["until"])


def of_agent(account: Account, name: str) -> list[Mapping[str, Any]]:
    """The open waits of one agent, the first to end first. Raises UnknownName."""
    found = _waits_of(account, name) if known.agent(name).waits else ()
    return sorted(found, key=lambda wait: wait["until"])


def _waits_of(account: Account, agent: str) -> Iterator[Mapping[str, Any]]:
    request = {
        "TableName": naming.idempotency_table(agent),
        "FilterExpression": "begins_with(id, :wait) AND #state = :open",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":wait": {"S": PREFIX}, ":open": {"S": OPEN}},
    }
    try:
        pages = account.client("dynamodb").get_paginator("scan").paginate(**request)
        for number, page in enumerate(pages):
            if number == MOST_PAGES:
                raise OperatorError(f"the table of {agent} has more than {MOST_PAGES} MB: not all of it was read")
            yield from (_shown(agent, item) for item in page["Items"])
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the waits of {agent} cannot be read: {error}") from None


def _shown(agent: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A wait without its event's data and grant."""
    wait, _ = read_item(item)
    waited = wait.waited
    return {
        "wait": wait.id,
        "agent": agent,
        "event": waited.type,
        "entity": waited.entity,
        "since": waited.since,
        "until": wait.until,
        "because": waited.event.id,
        "correlation": waited.event.correlationid,
        "otherwise": wait.otherwise_kind,
    }
