"""What could not be handled: messages in dead-letter queues, and signed bodies that could not be read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.canonical import digest
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.operator_trail import put_all_on_record, put_on_record
from hookline.validation.findings import meant
from infra import naming

SUFFIX = "-dead-letters"
UNREADABLE = "unreadable/"
# Long enough to look through a queue once without meeting a message twice, short enough not to hide it from others.
LOOK_SECONDS = 5


@dataclass(frozen=True)
class DeadLetter:
    """One thing that waits for an operator: `id` to name it by, where it lies, what it is, and why it is there.

    `text` is the message's body, or what was set aside.
    """

    id: str
    place: str
    event: str
    reason: str
    text: str = field(repr=False)


def letters(account: Account) -> Iterator[DeadLetter]:
    """Everything that waits, queue by queue, then the bodies that could not be read."""
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _looked_at(sqs, queue):
            yield _letter(queue, message)
    s3, bucket = account.client("s3"), _bucket(account)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=UNREADABLE):
        for item in page.get("Contents", []):
            yield _set_aside(s3, bucket, item["Key"])


def find(account: Account, id: str) -> DeadLetter:
    """One of them. Raises OperatorError where there is none."""
    if id.startswith(UNREADABLE):
        s3 = account.client("s3")
        try:
            return _set_aside(s3, _bucket(account), id)
        except s3.exceptions.NoSuchKey:
            raise OperatorError(f"nothing was set aside under {id}") from None
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _looked_at(sqs, queue):
            if message["MessageId"] == id:
                return _letter(queue, message)
    raise OperatorError(f"there is no dead letter {id}; 'hookline dead-letters' lists them")


def redrive(account: Account, wanted: str | None) -> Iterator[tuple[str, str]]:
    """Give what waits another try, all of it or the one with the id `wanted`: gives each id and what came of it.

    Each is on record as redriven before. Raises RetryableError, with that one not tried, where the audit queue does not
    take the record.
    """
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        others = []
        for message in _messages(sqs, queue):
            if wanted in (None, message["MessageId"]):
                # One by one: a message that was received is hidden from others for seconds only.
                put_on_record(account, "redriven", **_facts(_letter(queue, message)))
                yield message["MessageId"], _try_again(sqs, queue, message)
            else:
                others.append(message)
        _let_go(sqs, queue, others)
    s3 = account.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=_bucket(account), Prefix=UNREADABLE):
        for item in page.get("Contents", []):
            if wanted in (None, item["Key"]):
                put_on_record(account, "redriven", resource=item["Key"])
                yield item["Key"], _read_again(account, item["Key"])


def of_agent(account: Account, agent: str) -> list[DeadLetter]:
    """The dead letters of an agent, or of a queue that the list names. Raises OperatorError where there is none."""
    sqs = account.client("sqs")
    queue = _queue_of(sqs, agent)
    return [_letter(queue, message) for message in _looked_at(sqs, queue)]


def discard(account: Account, agent: str, letters: Sequence[DeadLetter], reason: str) -> Iterator[tuple[str, str]]:
    """Delete these dead letters of an agent and no other; gives the id and the reason of each that is still there.

    All are on record as discarded before the first is deleted, and those that could not be also as failed. Raises
    RetryableError, with nothing deleted, where the audit queue does not take the records.
    """
    sqs = account.client("sqs")
    queue = _queue_of(sqs, agent)
    left = {letter.id: "nobody finds it now: somebody else looks at it, or has taken it away" for letter in letters}
    put_all_on_record(account, "discarded", [{**_facts(letter), "reason": reason} for letter in letters])
    others = []
    for message in _messages(sqs, queue):
        id = message["MessageId"]
        if id not in left:
            others.append(message)
            continue
        try:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        except (ClientError, BotoCoreError) as error:
            left[id] = str(error)
        else:
            del left[id]
    _let_go(sqs, queue, others)
    failed = [letter for letter in letters if letter.id in left]
    if failed:
        facts = [{**_facts(letter), "action": "discard", "reason": left[letter.id]} for letter in failed]
        put_all_on_record(account, "failed", facts)
    yield from left.items()


def _facts(letter: DeadLetter) -> dict[str, Any]:
    """What the trail says of a dead letter: what it held can be proven by its digest."""
    return {
        "event": letter.event,
        "correlation": _text(_detail(letter.text).get("correlationid")),
        "resource": f"{letter.place}{SUFFIX}/{letter.id}",
        "digests": {"message": digest(letter.text.encode())},
    }


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


def _looked_at(sqs: Any, queue: str) -> list[dict[str, Any]]:
    """The messages of a queue, which whoever looks next finds again."""
    messages = list(_messages(sqs, queue))
    _let_go(sqs, queue, messages)
    return messages


def _let_go(sqs: Any, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Have messages seen again at once; where that fails they come back by themselves, after LOOK_SECONDS."""
    for message in messages:
        with suppress(ClientError):
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def _queue_of(sqs: Any, agent: str) -> str:
    found = {_name(url): url for url in _queues(sqs)}
    for name in (naming.agent(agent), agent):
        if name in found:
            return found[name]
    raise OperatorError(f"{agent} is no agent that is deployed here, and no queue{meant(agent, found)}")


def _bucket(account: Account) -> str:
    identity = account.client("sts").get_caller_identity()
    return naming.bodies_bucket(identity["Account"], account.client("s3").meta.region_name)


def _name(queue: str) -> str:
    return queue.rsplit("/", 1)[1].replace(SUFFIX, "")


def _letter(queue: str, message: Mapping[str, Any]) -> DeadLetter:
    body = message["Body"]
    return DeadLetter(message["MessageId"], _name(queue), _text(_detail(body).get("id")), _reason(message), body)


def _set_aside(s3: Any, bucket: str, key: str) -> DeadLetter:
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return DeadLetter(key, key.split("/")[1], "", json.loads(text)["reason"], text)


def _detail(body: str) -> Mapping[str, Any]:
    """The event in a message's body; empty where it is something else."""
    try:
        content = json.loads(body)
        found = content.get("detail", content)
    except (ValueError, AttributeError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _reason(message: dict[str, Any]) -> str:
    told = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue")
    return told or f"failed {message['Attributes'].get('ApproximateReceiveCount', 'several')} times; see the log"
