"""Where the attempts are recorded: on an identity's chain, or in a dead-letter queue with a reason."""

import json
import time
from typing import Any

from functions.core.platform.canonical import digest
from hookline.local.emulator import ACCOUNT
from hookline.local.stack import LocalStack
from hookline.operator.audit.causation import event_of
from hookline.operator.trail import Trail
from infra import naming
from tests.local.hostile.attempt import Attempt, DeadLetter, OnChain


def not_on_record(stack: LocalStack, attempts: list[Attempt], seconds: float = 30) -> list[str]:
    """The names of the attempts that are not recorded where they must be within `seconds`."""
    until, left = time.monotonic() + seconds, attempts
    while left and time.monotonic() < until:
        left = _missing(stack, left)
    return [attempt.name for attempt in left]


def _missing(stack: LocalStack, attempts: list[Attempt]) -> list[Attempt]:
    trail, places = Trail(stack.client("dynamodb")), [attempt.recorded for attempt in attempts]
    chains = {
        identity: trail.of_identity(identity)
        for identity in {place.identity for place in places if isinstance(place, OnChain)}
    }
    reasons = {
        name: _dead_letters(stack, name) for name in {place.name for place in places if isinstance(place, DeadLetter)}
    }

    def found(attempt: Attempt) -> bool:
        match attempt.recorded:
            case OnChain(identity=identity):
                return any(_is_of(record, attempt) for record in chains[identity])
            case DeadLetter(name=name, words=words):
                return any(words in reason for reason in reasons[name])
        return True  # Hookline records nothing of it

    return [attempt for attempt in attempts if not found(attempt)]


def _dead_letters(stack: LocalStack, agent: str) -> list[str]:
    """The reasons of an agent's dead letters, at most ten; the messages stay in the queue."""
    queue = f"{stack.emulator.endpoint}/{ACCOUNT}/{naming.agent(agent)}-dead-letters"
    read = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
    messages = stack.client("sqs").receive_message(QueueUrl=queue, **read).get("Messages", [])
    return [message["MessageAttributes"]["reason"]["StringValue"] for message in messages]


def _is_of(record: dict[str, Any], attempt: Attempt) -> bool:
    """Whether a record is of this attempt: by its kind, its words and, if the test knows them, its arguments."""
    place, arguments = attempt.recorded, attempt.instruction.get("arguments")
    known = attempt.instruction["by"] == "tools" and '"$"' not in json.dumps(arguments)
    return (
        isinstance(place, OnChain)
        and record["kind"] == place.kind
        and place.words in f"{record.get('decision')} {record.get('reason')}"
        and place.resource in record.get("resource", "")
        and place.event in event_of(record)
        and (not known or record["digests"].get("arguments") == digest(arguments))
    )
