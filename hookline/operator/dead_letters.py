"""Lists, redrives and discards dead letters: messages in dead-letter queues, and quarantined bodies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.operator import quarantine
from hookline.operator.account import Account
from hookline.operator.dead_letter import DeadLetter, as_text, detail, facts
from hookline.operator.errors import OperatorError, UnknownId, UnknownName
from hookline.operator.ids import complete
from hookline.operator.operator_trail import record_action, record_actions
from hookline.operator.redrive_refusals import refusal
from infra import naming

SUFFIX = "-dead-letters"
# Long enough to read a queue once without receiving a message twice, short enough not to hide it from others.
LOOK_SECONDS = 5


def letters(account: Account, most: int | None = None) -> Iterator[DeadLetter]:
    """All dead letters, queue by queue, then the quarantined bodies; of each queue at most about `most`."""
    sqs = account.client("sqs")
    for queue in _queues(sqs):
        for message in _peek(sqs, queue, most):
            yield _letter(queue, message)
    yield from quarantine.bodies(account)


def find(account: Account, id: str) -> DeadLetter:
    """The one with this id, or with an id that begins so.

    Raises OperatorError if it does not exist, or several begin so.
    """
    if (letter := pick(letters(account), id)) is None:
        raise UnknownId("dead letter", id, "hookline dead-letters")
    return letter


def pick(letters: Iterable[DeadLetter], id: str) -> DeadLetter | None:
    """The one of `letters` with this id, or with an id that begins so; None if missing.

    Raises OperatorError if several begin so.
    """
    known = {letter.id: letter for letter in letters}
    chosen = complete(id, {letter.id: f"of {letter.place}" for letter in known.values()}, "dead letters")
    return known.get(chosen) if chosen else None


def redrive(account: Account, wanted: str | None) -> Iterator[tuple[str, str]]:
    """Redrive all, or the one with the id `wanted` or an id that begins so; yields each id with its outcome.

    Each is recorded as redriven before. Raises RetryableError, without redriving that one, if the audit queue does not
    accept the record; and OperatorError, after all others, for those that must not be sent again, or if there is no
    such id, or several.
    """
    wanted = find(account, wanted).id if wanted else None
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
                letter = _letter(queue, message)
                record_action(account, "redriven", reason=f"it was dead: {letter.reason}", **_facts(letter))
                yield message["MessageId"], _redrive(sqs, queue, message)
            else:
                others.append(message)
        _release(sqs, queue, others)
    yield from quarantine.redrive(account, wanted)
    if refused:
        raise OperatorError(f"not redriven: {'; '.join(refused)}")


def of_agent(account: Account, name: str) -> list[DeadLetter]:
    """The dead letters of an agent or a queue, or the quarantined bodies of a source.

    `unreadable/NAME` is the source, if an agent has its name too. Raises UnknownName for another name.
    """
    sqs = account.client("sqs")
    queues = {_name(url): url for url in _queues(sqs)}
    if queue := queues.get(naming.agent(name)) or queues.get(name):
        return [_letter(queue, message) for message in _peek(sqs, queue)]
    bodies = list(quarantine.bodies(account))
    if found := [letter for letter in bodies if letter.place == name.removeprefix(quarantine.UNREADABLE)]:
        return found
    prefix = naming.AGENTS
    agents = [queue.removeprefix(prefix) for queue in queues if queue.startswith(prefix)]
    known = [*agents, *queues, *sorted({letter.place for letter in bodies})]
    raise UnknownName("deployed agent, queue or source with quarantined bodies", name, known)


def discard(account: Account, letters: Sequence[DeadLetter], reason: str) -> Iterator[tuple[str, str]]:
    """Delete these dead letters and no others; yields the id and the reason of each that remains.

    `letters` are at least one, and all of one place. All are recorded as discarded before the first is deleted, and
    those that remain are also recorded as failed. Raises RetryableError, with nothing deleted, if the audit queue does
    not accept the records.
    """
    if letters[0].id.startswith(quarantine.UNREADABLE):
        yield from quarantine.discard(account, letters, reason)
        return
    sqs = account.client("sqs")
    if (queue := next((url for url in _queues(sqs) if _name(url) == letters[0].place), None)) is None:
        raise OperatorError(f"queue {letters[0].place} no longer exists")
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
        failures = [{**_facts(letter), "action": "discard", "reason": left[letter.id]} for letter in failed]
        record_actions(account, "failed", failures)
    yield from left.items()


def _facts(letter: DeadLetter) -> dict[str, Any]:
    return facts(letter, f"{letter.place}{SUFFIX}/{letter.id}")


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
    fifo = {}
    if queue.endswith(naming.FIFO):
        fifo = {"MessageGroupId": attributes["MessageGroupId"], "MessageDeduplicationId": message["MessageId"]}
    sqs.send_message(QueueUrl=queue.replace(SUFFIX, ""), MessageBody=message["Body"], **fifo)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


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


def _peek(sqs: Any, queue: str, most: int | None = None) -> list[dict[str, Any]]:
    """The messages of a queue, or `most` of them, which become visible again at once."""
    messages = list(islice(_messages(sqs, queue), most))
    _release(sqs, queue, messages)
    return messages


def _release(sqs: Any, queue: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Make messages visible again at once; if that fails, they become visible after LOOK_SECONDS."""
    for message in messages:
        with suppress(ClientError):
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def _name(queue: str) -> str:
    return queue.rsplit("/", 1)[1].replace(SUFFIX, "")


def _letter(queue: str, message: Mapping[str, Any]) -> DeadLetter:
    body = message["Body"]
    return DeadLetter(message["MessageId"], _name(queue), as_text(detail(body).get("id")), _reason(message), body)


def _reason(message: Mapping[str, Any]) -> str:
    given = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue")
    return given or f"failed {message['Attributes'].get('ApproximateReceiveCount', 'several')} times; see the log"
