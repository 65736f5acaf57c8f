"""The silence service: it reads what verifiers count, and counts a metric for a silent source alone."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from functions.core.platform.environment import SilenceEnvironment
from functions.core.silence.deliveries import READ_WEEKS, heard
from functions.core.silence.handlers.silence import start
from functions.core.silence.rhythm import HOUR, SLOT, WEEK
from hookline.operator import source_silence
from tests.unit.fakes import NOW

BEGIN = int(NOW - READ_WEEKS * WEEK * HOUR) // SLOT * SLOT
STOPPED = int(NOW - 3 * HOUR) // SLOT * SLOT
SERIES = {
    "stripe": range(BEGIN, int(NOW), SLOT),
    "github": range(BEGIN, STOPPED, SLOT),
    "zendesk": range(STOPPED, int(NOW), SLOT),
}


class CloudWatch:
    """Answers with the series of each source, a page for each half of the time."""

    def __init__(self) -> None:
        self.asked: dict = {}

    def get_paginator(self, name):
        assert name == "get_metric_data"
        return SimpleNamespace(paginate=self.paginate)

    def paginate(self, **asked):
        self.asked = asked
        for half in (0, 1):
            yield {"MetricDataResults": [self.result(query, half) for query in asked["MetricDataQueries"]]}

    def result(self, query, half):
        name = query["MetricStat"]["Metric"]["Dimensions"][0]["Value"].removeprefix("webhook.")
        times = [at for at in SERIES.get(name, ()) if (at >= NOW - WEEK * HOUR) == bool(half)]
        at = [datetime.fromtimestamp(one, UTC) for one in times]
        return {"Id": query["Id"], "Timestamps": at, "Values": [20.0] * len(at)}


@pytest.fixture
def cloudwatch():
    return CloudWatch()


def test_deliveries_that_were_accepted_are_read_in_slots_of_five_minutes(cloudwatch):
    """Of all sources in one request, for as long as CloudWatch keeps such periods."""
    found = heard(cloudwatch, ["stripe", "github"], NOW)
    assert not found["stripe"].is_silent and found["github"].is_silent
    assert found["github"].last == STOPPED
    (stat, _) = [query["MetricStat"] for query in cloudwatch.asked["MetricDataQueries"]]
    assert (stat["Period"], stat["Stat"], stat["Metric"]["MetricName"]) == (300, "Sum", "Deliveries")
    names = {"service": "webhook.stripe", "answer": "200"}
    assert {one["Name"]: one["Value"] for one in stat["Metric"]["Dimensions"]} == names
    started = cloudwatch.asked["StartTime"]
    assert started.timestamp() % SLOT == 0 and NOW - started.timestamp() < 63 * 24 * HOUR


def test_only_a_silent_source_is_counted(cloudwatch, platform, capsys, logged):
    """Its alarm has the dimension of the source; the others have no value, so theirs end."""
    environment = SilenceEnvironment(sources="stripe,github,zendesk,unknown")
    handler = start(platform(environment, cloudwatch=cloudwatch))
    handler({}, None)
    (metric,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert metric["service"] == "webhook.github"
    assert metric["Silence"][0] >= 1
    assert '"source":"github"' in logged().replace(": ", ":")


def test_operators_see_the_same(cloudwatch):
    """And why a source is not judged."""
    account = SimpleNamespace(client=lambda name: cloudwatch)
    found = source_silence.of_sources(account, ["stripe", "github", "zendesk", "unknown"], NOW)
    assert [name for name, one in found.items() if one["is_silent"]] == ["github"]
    assert found["stripe"]["per_week"] == pytest.approx(20 * 7 * 24 * 12, rel=0.01)
    assert found["zendesk"] | {"last": ""} == {
        **{"last": "", "per_week": None, "silence": None, "is_silent": False},
        "why": source_silence.UNKNOWN,
    }
    assert found["unknown"]["why"] == source_silence.NO_FIGURES
    assert source_silence.of_sources(account, [], NOW) == {}
