"""Counts the messages in queues, approximately, as SQS does."""

from hookline.operator.account import Clients
from infra import naming

COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]


def messages(account: Clients, queue: str) -> int:
    """The messages in a queue, with those in flight and those that are delayed."""
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"].values()))


def of_agent(account: Clients, name: str) -> tuple[int, int]:
    """The messages that wait for an agent, and its dead letters."""
    queue = naming.agent(name)
    return messages(account, queue), messages(account, naming.dead_letters(queue))
