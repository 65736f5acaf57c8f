"""EventBridge and its scheduler: who may publish what, where a rule delivers, and which schedules a role makes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hookline.local.emulator import ACCOUNT, Emulator
from tests.local.emulator.actor import DENIED, Actor, Refused
from tests.local.emulator.resources import allow, arn, create_queue, entry, receive

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def publisher(emulator: Emulator, make_actor: Callable[..., Actor]) -> Actor:
    """An actor that may publish two detail types of one source to one bus."""
    for bus in ("published", "other"):
        emulator.client("events").create_event_bus(Name=bus)
    condition = {
        "ForAllValues:StringEquals": {
            "events:source": ["agent.fraud"],
            "events:detail-type": ["payment.approved", "payment.held"],
        },
        "Null": {"events:source": "false", "events:detail-type": "false"},
    }
    return make_actor("publisher", allow("events:PutEvents", arn("events", "event-bus/published"), condition))


def test_a_role_publishes_its_own_source_and_detail_types(publisher: Actor) -> None:
    entries = [entry("agent.fraud", kind, "published") for kind in ("payment.approved", "payment.held")]
    assert publisher.calls("events", "put_events", Entries=entries)["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        entry("webhook.stripe", "payment.approved", "published"),
        entry("agent.fraud", "payment.refunded", "published"),
        entry("agent.fraud", "payment.approved", "other"),
        {"Detail": "{}", "EventBusName": "published"},
    ],
    ids=["source", "detail-type", "bus", "no source or detail type"],
)
def test_one_entry_that_is_not_allowed_denies_the_whole_call(publisher: Actor, wrong: dict) -> None:
    with pytest.raises(Refused, match=DENIED):
        publisher.calls("events", "put_events", Entries=[entry("agent.fraud", "payment.held", "published"), wrong])


def test_a_rule_delivers_only_what_matches_its_source_and_detail_type(
    emulator: Emulator, eventually: Callable[..., Any]
) -> None:
    events = emulator.client("events")
    events.create_event_bus(Name="received")
    url = create_queue(emulator, "received")
    pattern = {"source": ["webhook.stripe"], "detail-type": ["payment.succeeded"]}
    events.put_rule(Name="fraud", EventBusName="received", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="fraud", EventBusName="received", Targets=[{"Id": "1", "Arn": arn("sqs", "received")}])
    events.put_events(
        Entries=[
            entry("webhook.zendesk", "payment.succeeded", "received"),
            entry("webhook.stripe", "payment.failed", "received"),
            entry("webhook.stripe", "payment.succeeded", "received"),
        ]
    )

    [message] = eventually(lambda: receive(emulator, url), "the event in the queue")
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "webhook.stripe",
        "payment.succeeded",
        {},
    )


def test_a_function_that_eventbridge_invokes_by_an_alias_reads_which(
    emulator: Emulator, make_actor: Callable[..., Actor], eventually: Callable[..., Any]
) -> None:
    functions, events = emulator.client("lambda"), emulator.client("events")
    url = create_queue(emulator, "invoked")
    invoked = make_actor("invoked", allow("sqs:SendMessage", arn("sqs", "invoked")), REPORTS=url).name
    version = functions.publish_version(FunctionName=invoked)["Version"]
    alias = functions.create_alias(FunctionName=invoked, Name="clock", FunctionVersion=version)["AliasArn"]
    events.put_rule(Name="invokes", EventPattern=json.dumps({"source": ["webhook.stripe"]}))
    target = {"Id": "1", "Arn": alias, "Input": json.dumps({"report": True})}
    events.put_targets(Rule="invokes", Targets=[target])
    events.put_events(Entries=[entry("webhook.stripe", "payment.succeeded", "default")])
    [message] = eventually(lambda: receive(emulator, url), "the ARN that invoked the function")
    assert message["Body"] == alias


def test_a_role_creates_schedules_only_in_its_own_group(emulator: Emulator, make_actor: Callable[..., Actor]) -> None:
    for group in ("mine", "theirs"):
        emulator.client("scheduler").create_schedule_group(Name=group)
    planner = make_actor("planner", allow("scheduler:CreateSchedule", arn("scheduler", "schedule/mine/*")))
    schedule = {
        "Name": "later",
        "ScheduleExpression": "at(2099-01-01T00:00:00)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": arn("lambda", "function:planner"), "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/planner"},
    }

    assert planner.calls("scheduler", "create_schedule", GroupName="mine", **schedule)
    for other in ({"GroupName": "theirs"}, {}):
        with pytest.raises(Refused, match=DENIED):
            planner.calls("scheduler", "create_schedule", **other, **schedule)
