"""The records bucket: one object for each recorded call, which its connector writes, and for each run of an agent.

A record is written after what it tells of, and is never in its way: a failure to write is on the audit trail
(`unrecorded`) and in the metric Unrecorded, and changes nothing else.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.platform.canonical import digest
from functions.core.platform.errors import HooklineError
from functions.core.platform.log import place
from functions.core.platform.platform import Platform
from functions.core.platform.times import Clock, rfc3339

VERSION = 1
PUT_SECONDS = 3.0  # what a write takes at most: two seconds to connect, one to answer
LONGEST_PART = 200  # bytes of an id in a key; S3 takes 1,024 for the whole key
UNRECORDED = "Unrecorded"  # the kind of the audit record, and the metric


def part(id: str) -> str:
    """An id as a part of a key; a long one is its digest."""
    quoted = quote(id, safe=":@.")
    return quoted if len(quoted) <= LONGEST_PART else digest(id)


def prefix(identity: str, day: str, correlation: str = "", event: str = "") -> str:
    """What the keys begin with of an identity's records of a day (2026-11-28, UTC), of a tree, or of an event."""
    parts = [identity, day, *([part(correlation)] if correlation else []), *([part(event)] if event else [])]
    return "".join(f"{one}/" for one in parts)


@dataclass(frozen=True)
class Subject:
    """What a record is about: the event that was handled, its tree, and `what` of it; `started` in unix seconds."""

    correlation: str
    event: str
    what: str
    started: float


class Records:
    """The records of one identity in the S3 bucket `bucket`."""

    def __init__(
        self, s3: Any, bucket: str, identity: str, audit: Audit, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._identity = identity
        self._audit = audit
        self._clock = clock
        self._new_id = new_id

    def keep(self, subject: Subject, content: Callable[[], Mapping[str, Any]], deadline: float) -> None:
        """Write a record, unless less than PUT_SECONDS are left until `deadline`. Never raises."""
        try:
            if deadline - self._clock() < PUT_SECONDS:
                self._failed(subject, "no time is left to write it")
                return
            at = rfc3339(subject.started)
            key = prefix(self._identity, at[:10], subject.correlation, subject.event)
            key += f"{part(subject.what)}.{round(subject.started * 1000)}.{self._new_id()}.json"
            text = json.dumps({"v": VERSION, "at": at, **content()}, separators=(",", ":"))
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode())
        except (BotoCoreError, ClientError) as error:
            self._failed(subject, str(error))
        except Exception as error:  # noqa: BLE001 - whatever a record holds, the call that it tells of has happened
            self._failed(subject, place(error))

    def _failed(self, subject: Subject, reason: str) -> None:
        from aws_lambda_powertools.metrics import MetricUnit, single_metric

        self._audit.record(
            UNRECORDED.lower(),
            event=subject.event,
            correlation=subject.correlation,
            action=subject.what,
            reason=f"no record was written: {reason}",
        )
        with single_metric(UNRECORDED, MetricUnit.Count, 1, namespace="Hookline") as metric:
            metric.add_dimension("service", self._identity)
        try:
            self._audit.flush()
        except HooklineError:
            return  # it waits for the next flush


def records_of(platform: Platform, bucket: str, identity: str, audit: Audit) -> Records | None:
    """The records of a deployed identity, None if it keeps none."""
    if not bucket:
        return None
    s3 = platform.patient_client("s3", 1)
    return Records(s3, bucket, identity, audit, platform.clock, platform.new_id)
