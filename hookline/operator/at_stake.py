"""What waits on a stack, and is lost when its state is deleted: open reviews, events in queues, quarantined bodies."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.reviews.store import Reviews
from hookline.operator import quarantine
from hookline.operator.account import Clients
from hookline.operator.queue_counts import messages
from hookline.operator.reviews import WAITING
from infra import naming

DEAD_LETTERS = "-dead-letters"


def at_stake(account: Clients) -> list[str]:
    """One line for each kind of what waits; a kind that cannot be read says so. Empty if nothing waits."""
    return [line for read in (_reviews, _queues, _bodies) for line in _lines(read, account)]


def open_reviews(account: Clients) -> list[str]:
    """The line about open reviews alone: what a restart of the sandbox providers takes the subject from."""
    return _lines(_reviews, account)


def _lines(read: Any, account: Clients) -> list[str]:
    try:
        return list(read(account))
    except (ClientError, BotoCoreError) as error:
        return [f"what cannot be read: {error}"]


def _reviews(account: Clients) -> Iterator[str]:
    reviews = Reviews(account.client("dynamodb"), naming.REVIEWS_TABLE)
    ids = [review.id for status in WAITING for review in reviews.with_status(status)]
    if ids:
        yield f"{_counted(len(ids), 'open review')}: {', '.join(ids[:5])}{', …' if len(ids) > 5 else ''}"


def _queues(account: Clients) -> Iterator[str]:
    sqs = account.client("sqs")
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{naming.PREFIX}-")
    for queue in sorted(url.rpartition("/")[2] for page in pages for url in page.get("QueueUrls", [])):
        if number := messages(account, queue):
            what = "dead letter" if DEAD_LETTERS in queue else "waiting message"
            yield f"{_counted(number, what)} in {queue}"


def _bodies(account: Clients) -> Iterator[str]:
    if number := sum(1 for _ in quarantine.bodies(account)):
        yield f"{number} quarantined {'body' if number == 1 else 'bodies'}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
