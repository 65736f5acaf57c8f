"""Replays handled events from the archive to one agent, which has forgotten them, and to nobody else.

Nothing is minted: an event comes back with the grant that it had. So on a replay an agent can do what that grant still
allows, and what the ledger does not hold as done.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.authority.grants import LIFETIME
from functions.core.events.event import id_prefix
from functions.core.platform.canonical import digest
from functions.core.platform.times import rfc3339
from functions.core.runtime.serve import memory_key
from hookline.local.stack import LocalStack
from hookline.operator import known
from hookline.operator.account import Account
from hookline.operator.audit import listing
from hookline.operator.audit.root import root
from hookline.operator.errors import OperatorError, UnknownId
from hookline.operator.operator_trail import record_actions
from hookline.operator.trail import Record, Trail
from infra import naming

MOST = 1000  # events of one replay
# EventBridge may take so long to archive an event.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
ARCHIVED_SECONDS = 600
KEPT_SECONDS = 90 * 24 * 3600  # the archive's retention
AROUND_SECONDS = 60.0  # before the first event and after the last one: clocks differ
PUBLISHED = ("published", "drained")


@dataclass(frozen=True)
class Wanted:
    """Which handled events to replay; what is empty chooses all. `until` is exclusive; both times are RFC 3339."""

    events: Sequence[str] = ()
    source: str = ""
    type: str = ""
    since: str = ""
    until: str = ""

    def has(self, record: Record) -> bool:
        """Whether the record of a received event is one of them."""
        of_source = not self.source or record["event"].startswith(id_prefix(self.source, record["action"]))
        in_time = self.since <= record["at"] and (not self.until or record["at"] < self.until)
        named = not self.events or record["event"] in self.events
        return bool(named and of_source and in_time and self.type in ("", record["action"]))

    @property
    def is_narrow(self) -> bool:
        """Whether anything is chosen; what chooses nothing would replay everything."""
        return bool(self.events or self.source or self.type or self.since or self.until)


@dataclass(frozen=True)
class Handled:
    """An event that an agent received; `received` and `published` are when, in unix seconds."""

    event: str
    correlation: str
    type: str
    received: float
    published: float

    def can_act(self, now: float) -> bool:
        """Whether its grant may still be valid. A grant is minted when the first event of the tree is."""
        return now - self.published < LIFETIME


@dataclass(frozen=True)
class Replay:
    """A replay that was started: its name, and the time from which to which the archive is read."""

    name: str
    start: float
    end: float


def has_archive(account: Account) -> bool:
    """Whether events can be replayed there: the local stack's emulator has no archive."""
    return not isinstance(account, LocalStack)


def chosen(account: Account, agent: str, wanted: Wanted, now: float) -> list[Handled]:
    """What `replay` would replay. Raises OperatorError if that is nothing, too much, or cannot be chosen."""
    _refuse_wide(agent, wanted)
    return handled(Trail(account.client("dynamodb")), agent, wanted, now)


def _refuse_wide(agent: str, wanted: Wanted) -> None:
    known.agent(agent)
    if not wanted.is_narrow:
        raise OperatorError("name events, or choose some by source, type or time")


def preview(account: Account, agent: str, wanted: Wanted, now: float) -> dict[str, Any]:
    """What `replay` would replay, ready for JSON: with `seen`, the digest that says which events it is.

    `why` says why the archive does not hold all of them; on the local stack, which has none, it is "". Raises as
    `chosen` does for the rest.
    """
    _refuse_wide(agent, wanted)
    found = received(Trail(account.client("dynamodb")), agent, wanted)
    return {**shown(found, now), "why": not_archived(found, now) if has_archive(account) else ""}


def shown(found: Sequence[Handled], now: float) -> dict[str, Any]:
    """These events, ready for JSON: each with when it was received, and whether its grant may still act."""
    rows = [
        {
            "event": one.event,
            "correlation": one.correlation,
            "type": one.type,
            "received": rfc3339(one.received),
            "can_act": one.can_act(now),
        }
        for one in found
    ]
    return {"events": rows, "seen": digest_of(found)}


def refuse_changed(found: Sequence[Handled], seen: str) -> None:
    """Raise OperatorError unless these are the events that somebody saw; `seen` is their digest."""
    if digest_of(found) != seen:
        raise OperatorError("the events are not those that were shown: look at them again, then replay")


def digest_of(found: Sequence[Handled]) -> str:
    """A digest of which events these are."""
    return digest([one.event for one in found])


def handled(trail: Trail, agent: str, wanted: Wanted, now: float) -> list[Handled]:
    """As `received`. Raises OperatorError if the archive does not hold one of them."""
    found = received(trail, agent, wanted)
    if why := not_archived(found, now):
        raise OperatorError(why)
    return found


def received(trail: Trail, agent: str, wanted: Wanted) -> list[Handled]:
    """The events on the agent's chain that are wanted, each once, in the order in which they were received.

    Named ones are looked for from the beginning of their trees on. Raises UnknownId if the agent has not received one
    of them, and OperatorError if there are none, or too many.
    """
    chain = listing.recent(trail, f"agent.{agent}", wanted.since or _began(trail, wanted.events))
    records = [one for one in chain if one["kind"] == "received" and wanted.has(one)]
    first = {one["event"]: one for one in reversed(records)}
    if missing := [id for id in wanted.events if id not in first]:
        raise UnknownId(
            f"event that agent {agent} received", missing[0], f"hookline audit show --identity agent.{agent}"
        )
    if not first:
        raise OperatorError(f"agent {agent} has received no such event")
    if len(first) > MOST:
        raise OperatorError(
            f"{len(first):,} events: a replay takes {MOST:,} at most; choose fewer with --since and --until"
        )
    return [_handled(trail, one) for one in sorted(first.values(), key=lambda one: str(one["at"]))]


def _began(trail: Trail, events: Sequence[str]) -> str:
    """A time before which no agent received these events; "" if that is not known."""
    trees = [root(trail, event) for event in events]
    if not all(trees):
        return ""
    times = [str(one["at"]) for tree in trees for one in trail.of_correlation(tree)]
    return rfc3339(_seconds(min(times)) - AROUND_SECONDS) if times else ""


def not_archived(found: Sequence[Handled], now: float) -> str:
    """Why the archive does not hold all of these, "" if it does."""
    if new := [one.event for one in found if now - one.received < ARCHIVED_SECONDS]:
        return f"{new[0]} came less than {ARCHIVED_SECONDS // 60} minutes ago: it may not be archived yet"
    if old := [one.event for one in found if now - one.published > KEPT_SECONDS]:
        return f"{old[0]} is older than the archive, which keeps {KEPT_SECONDS // 86_400} days"
    return ""


def replay(account: Account, agent: str, chosen: Sequence[Handled], reason: str, now: float) -> Replay:
    """Let the agent forget the chosen events, and start a replay of the archive to its rule alone.

    What else it received in that time comes too, and it recognizes that as copies. On the operators' chain before
    anything happens. Raises OperatorError without an archive or a reason, and if AWS refuses; if it refuses the replay
    itself, the agent has forgotten the events, and gets none.
    """
    if not has_archive(account):
        raise OperatorError("the local stack has no archive: 'hookline send' sends a delivery again")
    if not reason.strip():
        raise OperatorError("a replay needs a reason, for the audit trail")
    events = account.client("events")
    made = Replay(
        f"{naming.agent(agent)}-{int(now)}"[-64:].lstrip("-"),
        min(one.published for one in chosen) - AROUND_SECONDS,
        min(now, max(one.received for one in chosen) + AROUND_SECONDS),
    )
    try:
        archive = events.describe_archive(ArchiveName=naming.BUS)["ArchiveArn"]
        destination = _destination(account, agent)
        record_actions(account, "replayed", [_action(agent, one, made.name, reason) for one in chosen])
        forget(account, agent, [one.event for one in chosen])
        events.start_replay(
            ReplayName=made.name,
            Description=reason[:512],
            EventSourceArn=archive,
            EventStartTime=datetime.fromtimestamp(made.start, UTC),
            EventEndTime=datetime.fromtimestamp(made.end, UTC),
            Destination=destination,
        )
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the archive cannot be replayed: {error}") from None
    return made


def forget(account: Account, agent: str, events: Iterable[str]) -> None:
    """Delete the rows by which an agent recognizes these events as copies."""
    dynamodb, table = account.client("dynamodb"), naming.idempotency_table(agent)
    for event in events:
        dynamodb.delete_item(TableName=table, Key={"id": {"S": memory_key(agent, event)}})


def now() -> float:
    """Unix seconds."""
    return time.time()


def _destination(account: Account, agent: str) -> dict[str, object]:
    """The bus, and on it the rule alone that fills the agent's queue."""
    sqs, events = account.client("sqs"), account.client("events")
    url = sqs.get_queue_url(QueueName=naming.agent(agent))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    names = events.list_rule_names_by_target(TargetArn=queue, EventBusName=naming.BUS)["RuleNames"]
    if not names:
        raise OperatorError(f"agent {agent} has no rule on the bus: deploy it again")
    rules = [events.describe_rule(Name=name, EventBusName=naming.BUS)["Arn"] for name in names]
    return {"Arn": events.describe_event_bus(Name=naming.BUS)["Arn"], "FilterArns": rules}


def _action(agent: str, one: Handled, name: str, reason: str) -> dict[str, str]:
    about = {"event": one.event, "correlation": one.correlation, "action": one.type}
    return {**about, "resource": f"agent.{agent}", "reason": f"{name}: {reason}"}


def _handled(trail: Trail, record: Record) -> Handled:
    tree = trail.of_correlation(record["correlation"])
    published = [one["at"] for one in tree if one["kind"] in PUBLISHED and one["event"] == record["event"]]
    at = _seconds(record["at"])
    return Handled(record["event"], record["correlation"], record["action"], at, min([at, *map(_seconds, published)]))


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
