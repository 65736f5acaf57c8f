"""Messages in dead-letter queues, and quarantined bodies: signed, but unreadable."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.canonical import digest
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.operator_trail import record_action, record_actions
from hookline.operator.redrive_refusals import refusal
from hookline.validation.findings import hint
from infra import naming

SUFFIX = "-dead-letters"
UNREADABLE = "unreadable/"
# Long enough to read a queue once without receiving a message twice, short enough not to hide it from others.
LOOK_SECONDS = 5


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter or a quarantined body: its id, its place (queue or source), its event's id, and the reason.

    `text` is the message's body, or the quarantined content.
    """

    id: str
    place: str
    event: str
    reason: str
    text: str = field(repr=False)


def letters(account: Account) -> Iterator[DeadLetter]:
    """All dead letters, queue by queue, then the quarantined bodies."""
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _peek(sqs, queue):
            yield _letter(queue, message)
    s3, bucket = account.client("s3"), _bucket(account)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=UNREADABLE):
        for item in page.get("Contents", []):
            yield _quarantined(s3, bucket, item["Key"])


def find(account: Account, id: str) -> DeadLetter:
    """The one with this id. Raises OperatorError if it does not exist."""
    if id.startswith(UNREADABLE):
        s3 = account.client("s3")
        try:
            return _quarantined(s3, _bucket(account), id)
        except s3.exceptions.NoSuchKey:
            raise OperatorError(f"there is no quarantined body {id}") from None
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _peek(sqs, queue):
            if message["MessageId"] == id:
                return _letter(queue, message)
    raise OperatorError(f"there is no dead letter {id}; 'hookline dead-letters' lists them")


def redrive(account: Account, wanted: str | None) -> Iterator[tuple[str, str]]:
    """Redrive all, or the one with the id `wanted`; yields each id with its outcome.

    Each is recorded as redriven before. Raises RetryableError, without redriving that one, if the audit queue does not
    accept the record; and OperatorError, after all others, for those that must not be sent again.
    """
    sqs, refused = account.client("sqs"), list[str]()
    for queue in _queues(sqs):
        others = []
        for message in _messages(sqs, queue):
            chosen = wanted in (None, message["MessageId"])
            if chosen and (why := refusal(_name(queue), message)):
                refused.append(f"{message['MessageId']} of {_name(queue)}: {why}")
                chosen = False
            if chosen:
                # One at a time: a received message stays invisible for seconds only.
                record_action(account, "redriven", **_facts(_letter(queue, message)))
                yield message["MessageId"], _redrive(sqs, queue, message)
            else:
                others.append(message)
        _release(sqs, queue, others)
    s3 = account.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=_bucket(account), Prefix=UNREADABLE):
        for item in page.get("Contents", []):
            if wanted in (None, item["Key"]):
                record_action(account, "redriven", resource=item["Key"])
                yield item["Key"], _reprocess(account, item["Key"])
    if refused:
        raise OperatorError(f"not redriven: {'; '.join(refused)}")


def of_agent(account: Account, agent: str) -> list[DeadLetter]:
    """The dead letters of an agent or a queue. Raises OperatorError if there is no such agent or queue."""
    sqs = account.client("sqs")
    queue = _queue_of(sqs, agent)
    return [_letter(queue, message) for message in _peek(sqs, queue)]


def discard(account: Account, agent: str, letters: Sequence[DeadLetter], reason: str) -> Iterator[tuple[str, str]]:
    """Delete these dead letters of an agent and no others; yields the id and the reason of each that remains.

    All are recorded as discarded before the first is deleted, and those that remain are also recorded as failed. Raises
    RetryableError, with nothing deleted, if the audit queue does not accept the records.
    """
    sqs = account.client("sqs")
    queue = _queue_of(sqs, agent)
    left = {letter.id: "not found: another reader has it, or it was deleted" for letter in letters}
    record_actions(account, "discarded", [{**_facts(letter), "reason": reason} for letter in letters])
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
    _release(sqs, queue, others)
    failed = [letter for letter in letters if letter.id in left]
    if failed:
        facts = [{**_facts(letter), "action": "discard", "reason": left[letter.id]} for letter in failed]
        record_actions(account, "failed", facts)
    yield from left.items()


def _facts(letter: DeadLetter) -> dict[str, Any]:
    """The fields of a record about a dead letter; the digest proves its content."""
    return {
        "event": letter.event,
        "correlation": _text(_detail(letter.text).get("correlationid")),
        "resource": f"{letter.place}{SUFFIX}/{letter.id}",
        "digests": {"message": digest(letter.text.encode())},
    }


def _redrive(sqs: Any, queue: str, message: dict[str, Any]) -> str:
    try:
        _send_back(sqs, queue, message)
    except sqs.exceptions.QueueDoesNotExist:  # a function on a schedule: its next run is the retry
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return f"deleted: {_name(queue)} runs again on its schedule"
    except ClientError as error:
        return f"not redriven: {error}"
    return f"back in queue {_name(queue)}"


def _send_back(sqs: Any, queue: str, message: dict[str, Any]) -> None:
    """Send to the original queue, then delete: a stop in between duplicates the message, which consumers handle."""
    attributes = message["Attributes"]
    group = attributes.get("MessageGroupId")
    fifo = {"MessageGroupId": group, "MessageDeduplicationId": message["MessageId"]} if group else {}
    sqs.send_message(QueueUrl=queue.replace(SUFFIX, ""), MessageBody=message["Body"], **fifo)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _reprocess(account: Account, key: str) -> str:
    function = naming.verifier(key.split("/")[1])
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"redrive": key}))
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return f"still unreadable: {said.get('errorMessage', 'no reason given')}"
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


def _peek(sqs: Any, queue: str) -> list[dict[str, Any]]:
    """The messages of a queue, which become visible again at once."""
    messages = list(_messages(sqs, queue))
    _release(sqs, queue, messages)
    return messages


def _release(sqs: Any, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Make messages visible again at once; if that fails, they become visible after LOOK_SECONDS."""
    for message in messages:
        with suppress(ClientError):
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def _queue_of(sqs: Any, agent: str) -> str:
    found = {_name(url): url for url in _queues(sqs)}
    for name in (naming.agent(agent), agent):
        if name in found:
            return found[name]
    raise OperatorError(f"{agent} is neither an agent that is deployed here nor a queue{hint(agent, found)}")


def _bucket(account: Account) -> str:
    identity = account.client("sts").get_caller_identity()
    return naming.bodies_bucket(identity["Account"], account.client("s3").meta.region_name)


def _name(queue: str) -> str:
    return queue.rsplit("/", 1)[1].replace(SUFFIX, "")


def _letter(queue: str, message: Mapping[str, Any]) -> DeadLetter:
    body = message["Body"]
    return DeadLetter(message["MessageId"], _name(queue), _text(_detail(body).get("id")), _reason(message), body)


def _quarantined(s3: Any, bucket: str, key: str) -> DeadLetter:
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return DeadLetter(key, key.split("/")[1], "", json.loads(text)["reason"], text)


def _detail(body: str) -> Mapping[str, Any]:
    """The event in a message's body, {} if the body is something else."""
    try:
        content = json.loads(body)
        found = content.get("detail", content)
    except (ValueError, AttributeError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _reason(message: dict[str, Any]) -> str:
    given = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue")
    return given or f"failed {message['Attributes'].get('ApproximateReceiveCount', 'several')} times; see the log"
