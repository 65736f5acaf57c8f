"""Queues, what fills them and what empties them: nothing is lost, and what cannot be handled is seen."""

import pytest

from functions.core.authority.grants import LIFETIME
from functions.core.events import reviews
from hookline.validation.discovery import discover
from infra import naming

pytestmark = pytest.mark.synth


def mappings(deployed):
    return deployed.all("AWS::Lambda::EventSourceMapping")


def rules(deployed):
    """The rules of the bus; those of the clock are on AWS' own."""
    found = [rule for rule in deployed.all("AWS::Events::Rule") if "EventPattern" in rule.properties]
    assert found
    return found


def working_queues(deployed):
    """The queues that are not for dead letters, by ARN."""
    found = {arn: queue for arn, queue in deployed.queues.items() if arn not in deployed.dead_letter_queues}
    assert found
    return found


def test_every_queue_is_encrypted(deployed):
    encrypted = {arn: queue.properties.get("SqsManagedSseEnabled") for arn, queue in deployed.queues.items()}
    assert encrypted == dict.fromkeys(deployed.queues, True)


def test_every_queue_refuses_whoever_comes_without_tls(deployed):
    refusing = {
        statement["Resource"]
        for policy in deployed.all("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Action"] == "sqs:*"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert refusing == set(deployed.queues)


def test_every_queue_policy_is_that_of_the_queue_it_speaks_of(deployed):
    for policy in deployed.all("AWS::SQS::QueuePolicy"):
        spoken_of = {statement["Resource"] for statement in policy.properties["PolicyDocument"]["Statement"]}
        assert [deployed.queues[arn].name for arn in spoken_of] == policy.properties["Queues"]


def test_every_queue_has_a_dead_letter_queue_or_is_one(deployed):
    without = [arn for arn, queue in deployed.queues.items() if "RedrivePolicy" not in queue.properties]
    assert sorted(without) == sorted(deployed.dead_letter_queues)


def test_every_dead_letter_queue_is_of_one_queue_only_and_of_its_kind(deployed):
    working = working_queues(deployed).values()
    targets = [queue.properties["RedrivePolicy"]["deadLetterTargetArn"] for queue in working]
    assert len(set(targets)) == len(targets)
    for queue, target in zip(working, targets, strict=True):
        assert queue.properties.get("FifoQueue") == deployed.queues[target].properties.get("FifoQueue"), queue.name


def test_every_queue_keeps_an_event_as_long_as_its_grant_lives(deployed):
    kept = {queue.name: queue.properties["MessageRetentionPeriod"] for queue in working_queues(deployed).values()}
    assert kept == dict.fromkeys(kept, LIFETIME)


def test_dead_letters_are_kept_for_as_long_as_sqs_keeps_anything(deployed):
    # A dead letter's age counts from when it was first sent, so it needs more time than it had in its queue.
    dead = deployed.dead_letter_queues.values()
    assert {queue.properties["MessageRetentionPeriod"] for queue in dead} == {14 * 24 * 3600}


def test_every_queue_hides_a_message_for_six_times_as_long_as_its_consumer_may_run(deployed):
    for mapping in mappings(deployed):
        queue = deployed.queues[mapping.properties["EventSourceArn"]]
        consumer = deployed.functions[mapping.properties["FunctionName"]]
        hidden = queue.properties["VisibilityTimeout"]
        assert hidden >= 6 * consumer.properties["Timeout"], f"{queue.name} hides for {hidden} s"


def test_every_queue_has_one_consumer_and_nobody_else_may_read_it(deployed):
    consumers = {arn: [] for arn in working_queues(deployed)}
    for mapping in mappings(deployed):
        consumers[mapping.properties["EventSourceArn"]].append(mapping.properties["FunctionName"])
    readers = {arn: [*deployed.identities_with(arn, "sqs:ReceiveMessage".__eq__)] for arn in consumers}
    assert [arn for arn, names in consumers.items() if len(names) != 1] == []
    assert readers == consumers


def test_nobody_but_its_queues_consumer_may_send_to_a_dead_letter_queue(deployed):
    for mapping in mappings(deployed):
        queue = deployed.queues[mapping.properties["EventSourceArn"]]
        dead = queue.properties["RedrivePolicy"]["deadLetterTargetArn"]
        sending = deployed.identities_with(dead, "sqs:SendMessage".__eq__)
        assert sending <= {mapping.properties["FunctionName"]}, queue.name


def test_every_consumer_reports_which_messages_of_a_batch_failed(deployed):
    reported = {mapping.id: mapping.properties.get("FunctionResponseTypes") for mapping in mappings(deployed)}
    assert reported == dict.fromkeys(reported, ["ReportBatchItemFailures"])


def test_every_rule_that_waits_for_events_is_on_the_bus_and_fills_one_queue(deployed):
    assert {rule.properties.get("EventBusName") for rule in rules(deployed)} == {naming.BUS}
    for rule in rules(deployed):
        (target,) = rule.properties["Targets"]
        assert target["Arn"] in working_queues(deployed), rule.id


def test_what_a_rule_cannot_deliver_goes_to_a_dead_letter_queue(deployed):
    lost = [
        (rule.id, target["Arn"])
        for rule in deployed.all("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        if target.get("DeadLetterConfig", {}).get("Arn") not in deployed.dead_letter_queues
    ]
    assert lost == []


def test_what_a_rule_cannot_put_into_a_queue_goes_to_that_queues_own_dead_letters(deployed):
    for rule in rules(deployed):
        for target in rule.properties["Targets"]:
            queue = deployed.queues[target["Arn"]]
            expected = {"Arn": queue.properties["RedrivePolicy"]["deadLetterTargetArn"]}
            assert target.get("DeadLetterConfig") == expected, rule.id


def test_every_rule_may_send_to_its_queue_and_to_its_dead_letters(deployed):
    # EventBridge drops an event in silence where a queue's policy does not let the rule in.
    sent = [p for p in deployed.resource_policies if (p.who, p.action) == ("events.amazonaws.com", "sqs:SendMessage")]
    resource_policies = {(p.when["ArnEquals"]["aws:SourceArn"], p.resource) for p in sent}
    needed = {
        (rule.arn, arn)
        for rule in deployed.all("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"])
        if arn in deployed.queues
    }
    assert resource_policies == needed


def test_every_agent_is_woken_by_what_it_declares_and_by_nothing_else(deployed):
    for agent in discover().agents.values():
        own = next(arn for arn, queue in deployed.queues.items() if queue.name == naming.agent(agent.name))
        patterns = [r.properties["EventPattern"] for r in rules(deployed) if r.properties["Targets"][0]["Arn"] == own]
        declared = [
            {"detail-type": [heard.detail_type], "source": [*heard.sources]}
            for heard in agent.subscribes
            if heard.detail_type not in reviews.DECISIONS
        ]
        # What became of its own reviews, and of nobody else's.
        own_reviews = {"data": {"agent": [agent.name]}}
        declared.append({"source": [reviews.SOURCE], "detail-type": [*reviews.DECISIONS], "detail": own_reviews})
        patterns, declared = ([dict(sorted(one.items())) for one in those] for those in (patterns, declared))
        assert sorted(patterns, key=str) == sorted(declared, key=str)


def test_every_alarm_is_told_to_people(deployed):
    """By a topic that CloudWatch may publish to, and nobody else without a permission of their own."""
    topic = f"arn:aws:sns:REGION:ACCOUNT:{naming.ALARMS_TOPIC}"
    assert {tuple(alarm.properties["AlarmActions"]) for alarm in deployed.all("AWS::CloudWatch::Alarm")} == {(topic,)}
    assert [p.who for p in deployed.resource_policies if p.resource == topic] == ["cloudwatch.amazonaws.com"]


def test_the_first_dead_letter_of_any_queue_raises_an_alarm(deployed):
    watched = set()
    for alarm in deployed.all("AWS::CloudWatch::Alarm"):
        given = alarm.properties
        first = (given["ComparisonOperator"], given["Threshold"], given["EvaluationPeriods"])
        if first == ("GreaterThanOrEqualToThreshold", 1, 1) and given["Statistic"] in ("Maximum", "Sum"):
            dimensions = [dimension["Value"] for dimension in given["Dimensions"]]
            watched.add((given["Namespace"], given["MetricName"], *dimensions))
    names = {queue.name for queue in deployed.dead_letter_queues.values()}
    assert watched == {("AWS/SQS", "ApproximateNumberOfMessagesVisible", name) for name in names}
