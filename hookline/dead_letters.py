"""What could not be handled: messages in dead-letter queues, and signed bodies that could not be read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hookline.account import Account
from hookline.errors import OperatorError
from infra import naming

SUFFIX = "-dead-letters"
UNREADABLE = "unreadable/"
# Long enough to look through a queue once without meeting a message twice, short enough not to hide it from others.
LOOK_SECONDS = 5


@dataclass(frozen=True)
class DeadLetter:
    """One thing that waits for an operator: `id` to name it by, where it lies, what it is, and why it is there."""

    id: str
    place: str
    event: str
    reason: str


def letters(account: Account) -> Iterator[DeadLetter]:
    """Everything that waits, queue by queue, then the bodies that could not be read."""
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _messages(sqs, queue):
            yield DeadLetter(message["MessageId"], _name(queue), _event(message["Body"]), _reason(message))
    s3, bucket = account.client("s3"), _bucket(account)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=UNREADABLE):
        for item in page.get("Contents", []):
            kept = json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
            yield DeadLetter(item["Key"], item["Key"].split("/")[1], "", kept["reason"])


def show(account: Account, id: str) -> str:
    """The whole of one: a message's body, or what was set aside. Raises OperatorError where there is none."""
    if id.startswith(UNREADABLE):
        s3 = account.client("s3")
        try:
            return s3.get_object(Bucket=_bucket(account), Key=id)["Body"].read().decode()
        except s3.exceptions.NoSuchKey:
            raise OperatorError(f"nothing was set aside under {id}") from None
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _messages(sqs, queue):
            if message["MessageId"] == id:
                return json.dumps(json.loads(message["Body"]), indent=2)
    raise OperatorError(f"there is no dead letter {id}; 'hookline dead-letters' lists them")


def redrive(account: Account, wanted: str | None) -> Iterator[tuple[str, str]]:
    """Give what waits another try, all of it or the one with the id `wanted`: gives each id and what came of it."""
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _messages(sqs, queue):
            if wanted in (None, message["MessageId"]):
                yield message["MessageId"], _try_again(sqs, queue, message)
    s3 = account.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=_bucket(account), Prefix=UNREADABLE):
        for item in page.get("Contents", []):
            if wanted in (None, item["Key"]):
                yield item["Key"], _read_again(account, item["Key"])


def _try_again(sqs: Any, queue: str, message: dict[str, Any]) -> str:
    try:
        _send_back(sqs, queue, message)
    except sqs.exceptions.QueueDoesNotExist:  # of a function on a schedule: its next run is the other try
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return f"dropped: {_name(queue)} runs again by itself"
    except ClientError as error:
        return f"still there: {error}"
    return f"back in {_name(queue)}"


def _send_back(sqs: Any, queue: str, message: dict[str, Any]) -> None:
    """Send to the queue that it came from, and only then delete: dying in between doubles, and consumers bear that."""
    attributes = message["Attributes"]
    group = attributes.get("MessageGroupId")
    fifo = {"MessageGroupId": group, "MessageDeduplicationId": message["MessageId"]} if group else {}
    sqs.send_message(QueueUrl=queue.replace(SUFFIX, ""), MessageBody=message["Body"], **fifo)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _read_again(account: Account, key: str) -> str:
    function = naming.verifier(key.split("/")[1])
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"redrive": key}))
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return f"still not readable: {said.get('errorMessage', 'no reason given')}"
    return f"{said['new']} new events"


def _queues(sqs: Any) -> list[str]:
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{naming.PREFIX}-")
    return sorted(url for page in pages for url in page.get("QueueUrls", []) if SUFFIX in url)


def _messages(sqs: Any, queue: str) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=LOOK_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        if not fresh:
            return
        seen.update(message["MessageId"] for message in fresh)
        yield from fresh


def _bucket(account: Account) -> str:
    identity = account.client("sts").get_caller_identity()
    return naming.bodies_bucket(identity["Account"], account.client("s3").meta.region_name)


def _name(queue: str) -> str:
    return queue.rsplit("/", 1)[1].replace(SUFFIX, "")


def _event(body: str) -> str:
    try:
        content = json.loads(body)
        return content.get("detail", content).get("id", "")
    except (ValueError, AttributeError):
        return ""


def _reason(message: dict[str, Any]) -> str:
    told = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue")
    return told or f"failed {message['Attributes'].get('ApproximateReceiveCount', 'several')} times; see the log"
