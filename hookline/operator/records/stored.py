"""Reads the records bucket."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.gate.recording import KIND as CALL
from functions.core.recording.records import part, prefix
from functions.core.runtime.recording import KIND as RUN
from hookline.operator.account import Clients
from hookline.operator.errors import OperatorError
from infra import naming

READERS = 32  # objects that are fetched at once
DELETED_AT_ONCE = 1000  # keys that S3 takes in one request
LONGEST_NUMBER = 20  # digits of a time in a key

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A recorded run of an agent, and the recorded calls that it and its earlier tries made, in order of time."""

    record: Record
    calls: Sequence[Record] = ()
    tries: Sequence[Record] = field(default=())

    @property
    def agent(self) -> str:
        """The agent that ran."""
        return str(self.record["agent"])

    @property
    def since(self) -> str:
        """When the last try began, at the earliest: the end of the try before it, "" if there was none."""
        return str(self.tries[-1].get("ended", "")) if self.tries else ""

    @property
    def event(self) -> Mapping[str, Any]:
        """The event as the agent got it, redacted."""
        found: Mapping[str, Any] = self.record["event"]
        return found


class StoredRecords:
    """The records of a deployment."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    @property
    def bucket(self) -> str:
        """The bucket's name, which is that of one deployment."""
        return self._bucket

    def of_tree(self, correlation: str, event: str = "", days: Collection[str] = ()) -> list[Run]:
        """The runs of a causal tree, or those about one event of it, in order of time.

        With `days`, on which it has records at most, the days of other trees are not listed.
        """
        known = [(one, day) for one in self._identities() for day in days] if days else self._days()
        keys = [key for found in self._each(known, self._within(correlation, event)) for key in found]
        return joined(self._read(keys))

    def of_agent(self, agent: str, connectors: Iterable[str], since: str, most: int) -> list[Run]:
        """The newest `most` runs of an agent since a time (RFC 3339, "" for all), the oldest of them first.

        It lists the newest days until they hold so many, and reads these and their calls.
        """
        days = [(identity, day) for identity, day in self._days() if day >= since[:10]]
        keys: list[str] = []
        for day in sorted((day for identity, day in days if identity == f"agent.{agent}"), reverse=True):
            keys += sorted(self._keys(prefix(f"agent.{agent}", day)), key=_started, reverse=True)
            if len(keys) >= most:
                break
        newest = self._first(keys, since, most)
        wanted = {(part(one["event"]["correlationid"]), part(one["event"]["id"])) for one in newest}
        used, when = {f"connector.{name}" for name in connectors}, _days_from(newest)
        theirs = [one for one in days if one[0] in used and one[1] in when]
        found = (key for keys in self._each(theirs, lambda one: self._keys(prefix(*one))) for key in keys)
        calls = self._read([key for key in found if tuple(key.split("/")[2:4]) in wanted])
        return joined([*newest, *calls])

    def listed(self) -> list[dict[str, str]]:
        """Each identity that has records, with the first and the last day of them."""
        days: dict[str, list[str]] = {}
        for identity, day in self._days():
            days.setdefault(identity, []).append(day)
        return [{"identity": one, "first": min(found), "last": max(found)} for one, found in sorted(days.items())]

    def keys_of(self, correlation: str) -> list[str]:
        """The keys of the records of a causal tree."""
        return [key for found in self._each(self._days(), self._within(correlation)) for key in found]

    def delete(self, keys: Sequence[str]) -> None:
        """Delete records. Raises OperatorError if one remains."""
        for start in range(0, len(keys), DELETED_AT_ONCE):
            objects = [{"Key": key} for key in keys[start : start + DELETED_AT_ONCE]]
            answer = self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            if failed := answer.get("Errors"):
                raise OperatorError(f"{len(failed)} records remain, the first because of {failed[0].get('Code')}")

    def _days(self) -> list[tuple[str, str]]:
        """Each identity with each day on which it has records."""
        identities = self._identities()
        days = self._each(identities, lambda one: [name.split("/")[1] for name in self._folders(f"{one}/")])
        return [(one, day) for one, found in zip(identities, days, strict=True) for day in found]

    def _identities(self) -> list[str]:
        return [name.rstrip("/") for name in self._folders("")]

    def _within(self, correlation: str, event: str = "") -> Callable[[tuple[str, str]], list[str]]:
        return lambda one: self._keys(prefix(*one, correlation, event))

    def _each(self, over: Sequence[Any], do: Callable[[Any], list[str]]) -> list[list[str]]:
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(do, over))

    def _folders(self, within: str) -> list[str]:
        pages = self._pages(Prefix=within, Delimiter="/")
        return [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", ())]

    def _keys(self, within: str) -> list[str]:
        return [one["Key"] for page in self._pages(Prefix=within) for one in page.get("Contents", ())]

    def _pages(self, **query: str) -> Iterator[Mapping[str, Any]]:
        try:
            yield from self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, **query)
        except (ClientError, BotoCoreError) as error:
            raise OperatorError(f"the records in {self._bucket} cannot be listed: {error}") from None

    def _first(self, keys: Sequence[str], since: str, most: int) -> list[Record]:
        """The first `most` records of these keys that are not older than `since`."""
        found: list[Record] = []
        for start in range(0, len(keys), most):
            found += [one for one in self._read(keys[start : start + most]) if one["at"] >= since]
            if len(found) >= most:
                break
        return found[:most]

    def _read(self, keys: Sequence[str]) -> list[Record]:
        with ThreadPoolExecutor(READERS) as pool:
            return [found for found in pool.map(self._content, keys) if found is not None]

    def _content(self, key: str) -> Record | None:
        """A record, None for an object that expired meanwhile or that is no record of the identity in its key."""
        try:
            found = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise OperatorError(f"the record {key} cannot be read: {error}") from None
        except (ValueError, RecursionError):
            return None
        return found if _is_record(found, key) else None


def joined(records: Iterable[Record]) -> list[Run]:
    """The last run of each agent about each event, with its calls; in order of time."""
    runs: dict[tuple[str, str, str], list[Record]] = {}
    calls: dict[tuple[str, str, str], list[Record]] = {}
    for one in sorted(records, key=lambda one: str(one["at"])):
        if one["kind"] == RUN:
            event = one["event"]
            runs.setdefault((event["correlationid"], event["id"], one["agent"]), []).append(one)
        else:
            calls.setdefault((one["correlation"], one["event"], one["agent"]), []).append(one)
    made = [Run(tries[-1], tuple(calls.get(key, ())), tuple(tries[:-1])) for key, tries in runs.items()]
    return sorted(made, key=lambda one: str(one.record["at"]))


def records(account: Clients) -> StoredRecords:
    """The records of the deployment in `account`."""
    s3, identity = account.client("s3"), account.client("sts").get_caller_identity()
    return StoredRecords(s3, naming.records_bucket(identity["Account"], s3.meta.region_name))


def _started(key: str) -> int:
    """When what a record tells of began, by its key, in milliseconds since 1970; 0 for a key of another form."""
    number = key.rpartition("/")[2].split(".")[-3:-2]
    return int(number[0]) if number and number[0].isdecimal() and len(number[0]) < LONGEST_NUMBER else 0


def _days_from(runs: Iterable[Record]) -> set[str]:
    """The days on which these runs began, and those after: a call can begin on the next."""
    days: set[str] = set()
    for day in {str(one["at"])[:10] for one in runs}:
        with suppress(ValueError, OverflowError):  # an agent writes its own records
            days |= {day, (date.fromisoformat(day) + timedelta(1)).isoformat()}
    return days


def _is_record(found: Any, key: str) -> bool:
    """Whether it has what is read of it, and its writer's own name: each may write under its own name only."""
    identity = key.partition("/")[0]
    if not isinstance(found, dict) or not isinstance(found.get("at"), str) or not isinstance(found.get("agent"), str):
        return False
    if found.get("kind") == RUN:
        event = found.get("event")
        good = isinstance(event, dict) and all(isinstance(event.get(name), str) for name in ("id", "correlationid"))
        return good and identity == f"agent.{found['agent']}"
    texts = all(isinstance(found.get(name), str) for name in ("correlation", "event", "connector", "operation"))
    return found.get("kind") == CALL and texts and identity == f"connector.{found['connector']}"
