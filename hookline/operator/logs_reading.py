"""Reads functions' logs from CloudWatch Logs: AWS's, or the emulator's."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from functions.core.platform.identities import identity_of
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.logs import Line, Raw, lines
from hookline.operator.logs_order import of_event
from infra import naming

PLACE = "/aws/lambda/"
LATE = 15.0  # seconds; CloudWatch Logs may show an event so much later than its timestamp says
MOST = 10_000  # events in an answer
_SPAN = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def since(text: str, now: float) -> float:
    """The unix seconds of "5m" ago, or of a time like 2026-11-01T12:00:00Z. Raises OperatorError for any other text."""
    if span := _SPAN.fullmatch(text):
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])}).total_seconds()
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise OperatorError(
            f"--since {text!r} is neither a duration nor a time: write 30s, 5m, 2h or 1d, or 2026-11-01T12:00:00Z"
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def deployed(logs: Any) -> dict[str, str]:
    """The log groups of the deployed functions, by identity."""
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"{PLACE}{naming.PREFIX}-")
    groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    return {identity_of(group.removeprefix(PLACE)): group for group in groups}


def chosen(names: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """The log groups of `names`, or all: identities, functions, or the name of an agent, a provider or a service.

    A provider's name is that of its verifier and its connector. Raises UnknownName.
    """
    found = dict[str, str]()
    for name in names:
        own = {
            identity: group
            for identity, group in known.items()
            if name in (identity, identity.partition(".")[2], group.removeprefix(PLACE))
        }
        if not own:
            short = {identity.partition(".")[2] for identity in known}
            raise UnknownName("function", name, sorted(known if "." in name else short))
        found |= own
    return found if names else dict(known)


def of_tree(logs: Any, correlation: str, start: float, end: float) -> list[Line]:
    """The lines about the events of a tree that ran from `start` to `end` in unix seconds, in causal order."""
    found = Reader(logs, deployed(logs), start - LATE, end + LATE, only=correlation).read()
    return of_event(found, correlation)


class Reader:
    """Reads the log groups `groups`, by identity, from `start` in unix seconds; each line once.

    Other groups can be set later. With `only`, CloudWatch leaves out the lines that do not hold that text, and with
    `end`, the later ones.
    """

    def __init__(
        self, logs: Any, groups: Mapping[str, str], start: float, end: float | None = None, only: str = ""
    ) -> None:
        self._logs = logs
        self.groups = groups
        self._start = start
        self._given: dict[str, Any] = {"endTime": int(end * 1000)} if end else {}
        if only:
            self._given["filterPattern"] = json.dumps(only)
        self._seen: dict[tuple[str, str, float, str, int], None] = {}

    def read(self) -> list[Line]:
        """The lines that are new since the last call, in order of time."""
        with ThreadPoolExecutor(8) as pool:
            raws = [raw for group in pool.map(self._group, self.groups.items()) for raw in group]
        fresh = list(self._fresh(raws))
        newest = max((raw.at for raw in raws), default=self._start)
        self._start = max(self._start, newest - LATE)
        self._seen = {key: None for key in self._seen if key[2] >= self._start}
        return lines(fresh)

    def _fresh(self, raws: Iterable[Raw]) -> Iterator[Raw]:
        here: dict[tuple[str, str, float, str], int] = {}
        for raw in raws:
            same = (raw.identity, raw.stream, raw.at, raw.text)
            here[same] = here.get(same, 0) + 1  # a function may write the same twice
            if (key := (*same, here[same])) not in self._seen:
                self._seen[key] = None
                yield raw

    def _group(self, named: tuple[str, str]) -> list[Raw]:
        identity, group = named
        found: list[Mapping[str, Any]] = []
        more: dict[str, Any] = {}
        start = int(self._start * 1000)
        try:
            while True:
                asked = {"logGroupName": group, "startTime": start, "limit": MOST, **self._given, **more}
                page = self._logs.filter_log_events(**asked)
                found += page["events"]
                more = {"nextToken": page["nextToken"]} if "nextToken" in page else {}
                last = page["events"][-1]["timestamp"] if page["events"] else start
                if more:
                    continue
                if len(page["events"]) < MOST or last == start:
                    break
                # The emulator cuts an answer without a token. The last millisecond comes again, whole.
                found = [one for one in found if one["timestamp"] < last]
                start = last
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":  # removed since it was listed
                raise
        return [Raw(identity, one["logStreamName"], one["timestamp"] / 1000, one["message"]) for one in found]
