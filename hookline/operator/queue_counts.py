"""Counts the messages in queues, approximately, as SQS does."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from hookline.operator.account import Clients
from infra import naming

COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
MOST_LISTED = 1000  # queues in one answer of SQS


def messages(account: Clients, queue: str) -> int:
    """The messages in a queue, with those in flight and those that are delayed."""
    return _counted(account, account.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def of_agent(account: Clients, name: str) -> tuple[int, int]:
    """The messages that wait for an agent, and its dead letters."""
    queue = naming.agent(name)
    return messages(account, queue), messages(account, naming.dead_letters(queue))


def of_agents(account: Clients, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The same of several agents, by name, with one look-up of all queues; without the agents whose queues are gone."""
    urls = _urls(account, naming.AGENTS)
    found = [name for name in names if {naming.agent(name), naming.dead_letters(naming.agent(name))} <= urls.keys()]
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(found, pool.map(partial(_both, account, urls), found), strict=True))


def _urls(account: Clients, prefix: str) -> dict[str, str]:
    pages = account.client("sqs").get_paginator("list_queues")
    found = pages.paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": MOST_LISTED})
    return {url.rpartition("/")[2]: url for page in found for url in page.get("QueueUrls", [])}


def _both(account: Clients, urls: Mapping[str, str], name: str) -> tuple[int, int]:
    queue = naming.agent(name)
    return _counted(account, urls[queue]), _counted(account, urls[naming.dead_letters(queue)])


def _counted(account: Clients, url: str) -> int:
    found = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"]
    return sum(map(int, found.values()))
