"""Queues, their rules and their consumers: no event is lost, and one that cannot be handled raises an alarm."""

import pytest

from functions.core.authority.grants import LIFETIME
from functions.core.events import reviews, tasks
from functions.core.platform.secret_values import SECRET_FAULTS
from functions.core.recording.records import UNRECORDED
from functions.core.runtime.latency import HANDLED_AFTER
from functions.core.silence.deliveries import METRIC
from infra import naming
from infra.templates import alternatives
from tests.infra.found import declared_project, every

pytestmark = pytest.mark.synth

IRREPLACEABLE = (*naming.AUDIT_QUEUES.values(), naming.SPILL_QUEUE)
LONGEST_RETENTION = 14 * 24 * 3600  # seconds; the maximum of SQS


def mappings(deployed):
    """The event source mappings that are enabled."""
    found = [one for one in every(deployed, "AWS::Lambda::EventSourceMapping") if one.properties.get("Enabled", True)]
    assert found
    return found


def test_only_the_recorder_reads_its_dead_letters_once_an_operator_enables_it(deployed):
    """A redrive would give the records another sender."""
    disabled = [
        one for one in every(deployed, "AWS::Lambda::EventSourceMapping") if not one.properties.get("Enabled", True)
    ]
    found = {deployed.queues[one.properties["EventSourceArn"]].name: one.properties for one in disabled}
    dead = [naming.dead_letters(name) for name in naming.AUDIT_QUEUES.values()]
    assert sorted(found) == sorted(dead)
    for mapping in found.values():
        assert mapping["FunctionName"] == naming.service("recorder")
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        queue = deployed.queues[mapping["EventSourceArn"]]
        assert queue.properties["VisibilityTimeout"] == hidden_for(deployed, mapping)
    readers = {
        queue.name: [*deployed.identities_with(arn, "sqs:ReceiveMessage".__eq__)]
        for arn, queue in deployed.dead_letter_queues.items()
    }
    assert {name: names for name, names in readers.items() if names} == dict.fromkeys(
        dead, [naming.service("recorder")]
    )


def hidden_for(deployed, mapping):
    """The visibility timeout that AWS recommends for an event source mapping's queue."""
    consumer = deployed.functions[mapping["FunctionName"]]
    return 6 * consumer.properties["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)


def rules(deployed):
    """The rules of the bus; scheduled rules are on the default bus."""
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


def test_every_queue_rejects_requests_without_tls(deployed):
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


def test_every_queue_policy_is_on_the_queue_that_it_names(deployed):
    for policy in every(deployed, "AWS::SQS::QueuePolicy"):
        spoken_of = {statement["Resource"] for statement in policy.properties["PolicyDocument"]["Statement"]}
        assert [deployed.queues[arn].name for arn in spoken_of] == policy.properties["Queues"]


def test_every_queue_has_a_dead_letter_queue_or_is_one(deployed):
    without = [arn for arn, queue in deployed.queues.items() if "RedrivePolicy" not in queue.properties]
    assert sorted(without) == sorted(deployed.dead_letter_queues)


def test_every_dead_letter_queue_belongs_to_one_queue_of_its_kind(deployed):
    working = working_queues(deployed).values()
    targets = [queue.properties["RedrivePolicy"]["deadLetterTargetArn"] for queue in working]
    assert len(set(targets)) == len(targets)
    for queue, target in zip(working, targets, strict=True):
        assert queue.properties.get("FifoQueue") == deployed.queues[target].properties.get("FifoQueue"), queue.name


def test_every_queue_keeps_an_event_as_long_as_its_grant_lives(deployed):
    kept = {queue.name: queue.properties["MessageRetentionPeriod"] for queue in working_queues(deployed).values()}
    # Records have no grant. An event that the bus refused for longer is better late than lost.
    assert {name: kept.pop(name) for name in IRREPLACEABLE} == dict.fromkeys(IRREPLACEABLE, LONGEST_RETENTION)
    assert kept == dict.fromkeys(kept, LIFETIME)


def test_dead_letters_are_kept_for_the_longest_retention_of_sqs(deployed):
    dead = deployed.dead_letter_queues.values()
    assert {queue.properties["MessageRetentionPeriod"] for queue in dead} == {LONGEST_RETENTION}


def test_a_dead_letter_is_kept_for_longer_than_its_queue_kept_it(deployed):
    # A dead letter's age counts from its first send, except in a FIFO queue: there it counts from the move.
    for queue in working_queues(deployed).values():
        fifo, kept = queue.properties.get("FifoQueue"), queue.properties["MessageRetentionPeriod"]
        # A record that fails moves after its tries; one that only waits is as lost in one queue as in the other.
        tries = int(queue.properties["RedrivePolicy"]["maxReceiveCount"])
        moved = min(kept, tries * queue.properties["VisibilityTimeout"])
        assert fifo or moved < LONGEST_RETENTION / 3, queue.name


def test_a_message_that_waits_too_long_raises_an_alarm(deployed):
    """Before its queue deletes it: a consumer that stands still leaves no dead letter."""
    late = {}
    for alarm in every(deployed, "AWS::CloudWatch::Alarm"):
        given = alarm.properties
        if given["MetricName"] == "ApproximateAgeOfOldestMessage":
            (dimension,) = given["Dimensions"]
            assert (given["Namespace"], given["Statistic"]) == ("AWS/SQS", "Maximum")
            assert given["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
            late[dimension["Value"]] = given["Threshold"]
    names = [queue.name for queue in working_queues(deployed).values()]
    assert late == {name: 15 * 60 if name in IRREPLACEABLE else LIFETIME / 4 for name in names}


def test_every_visibility_timeout_is_six_times_that_of_the_consumer(deployed):
    for mapping in mappings(deployed):
        queue = deployed.queues[mapping.properties["EventSourceArn"]]
        hidden = queue.properties["VisibilityTimeout"]
        wanted = hidden_for(deployed, mapping.properties)
        assert hidden == wanted, f"{queue.name} has a visibility timeout of {hidden} s"


def test_every_queue_has_one_consumer_and_no_other_identity_may_read_it(deployed):
    consumers = {arn: [] for arn in working_queues(deployed)}
    for mapping in mappings(deployed):
        consumers[mapping.properties["EventSourceArn"]].append(mapping.properties["FunctionName"])
    readers = {arn: [*deployed.identities_with(arn, "sqs:ReceiveMessage".__eq__)] for arn in consumers}
    assert [arn for arn, names in consumers.items() if len(names) != 1] == []
    assert readers == consumers


def test_only_its_queues_consumer_may_send_to_a_dead_letter_queue(deployed):
    for mapping in mappings(deployed):
        queue = deployed.queues[mapping.properties["EventSourceArn"]]
        dead = queue.properties["RedrivePolicy"]["deadLetterTargetArn"]
        sending = deployed.identities_with(dead, "sqs:SendMessage".__eq__)
        assert sending <= {mapping.properties["FunctionName"]}, queue.name


def test_only_functions_that_feed_their_own_queue_are_exempt_from_recursion_checks(deployed):
    # An agent that waits for an open circuit sends a copy to its own queue; Lambda drops the copy after some 16 hops.
    feeding = {
        mapping.properties["FunctionName"]
        for mapping in mappings(deployed)
        if mapping.properties["FunctionName"]
        in deployed.identities_with(mapping.properties["EventSourceArn"], "sqs:SendMessage".__eq__)
    }
    allowed = {name for name, one in deployed.functions.items() if one.properties.get("RecursiveLoop") == "Allow"}
    assert allowed == feeding != set()


def test_every_consumer_reports_which_messages_of_a_batch_failed(deployed):
    reported = {mapping.id: mapping.properties.get("FunctionResponseTypes") for mapping in mappings(deployed)}
    assert reported == dict.fromkeys(reported, ["ReportBatchItemFailures"])


def test_every_rule_with_a_pattern_is_on_the_bus_and_has_one_queue_as_target(deployed):
    assert {rule.properties.get("EventBusName") for rule in rules(deployed)} == {naming.BUS}
    for rule in rules(deployed):
        (target,) = rule.properties["Targets"]
        assert target["Arn"] in working_queues(deployed), rule.id


def test_events_that_a_rule_cannot_deliver_go_to_a_dead_letter_queue(deployed):
    lost = [
        (rule.id, target["Arn"])
        for rule in every(deployed, "AWS::Events::Rule")
        for target in rule.properties["Targets"]
        if target.get("DeadLetterConfig", {}).get("Arn") not in deployed.dead_letter_queues
    ]
    assert lost == []


def test_events_that_a_rule_cannot_send_to_a_queue_go_to_its_dead_letters(deployed):
    for rule in rules(deployed):
        (target,) = rule.properties["Targets"]
        queue = deployed.queues[target["Arn"]]
        expected = {"Arn": queue.properties["RedrivePolicy"]["deadLetterTargetArn"]}
        assert target.get("DeadLetterConfig") == expected, rule.id


def test_every_rule_may_send_to_its_queue_and_to_its_dead_letters(deployed):
    # EventBridge drops an event silently if the queue's policy does not allow the rule.
    sent = [p for p in deployed.resource_policies if (p.who, p.action) == ("events.amazonaws.com", "sqs:SendMessage")]
    allowed = {(p.when["ArnEquals"]["aws:SourceArn"], p.resource) for p in sent}
    needed = {
        (rule.arn, arn)
        for rule in deployed.all("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"])
        if arn in deployed.queues
    }
    assert allowed == needed


def test_every_agent_is_woken_only_by_its_declared_subscriptions(deployed):
    # One rule for each: a bus has 300.
    for agent in declared_project().agents.values():
        own = next(arn for arn, queue in deployed.queues.items() if queue.name == naming.agent(agent.name))
        (rule,) = (one for one in rules(deployed) if one.properties["Targets"][0]["Arn"] == own)
        patterns = [dict(one) for one in alternatives(rule.properties["EventPattern"])]
        expected = [
            {"detail-type": [subscription.detail_type], "source": [*subscription.sources]}
            | ({"detail": {"raw": {"type": [*subscription.raw]}}} if subscription.raw else {})
            # A task wakes the agent that it is assigned to.
            | ({"detail": {"data": {"agent": [agent.name]}}} if subscription.detail_type in tasks.ADDRESSED else {})
            for subscription in agent.receives  # what it may wait for, too
            if subscription.detail_type not in reviews.DECISIONS
        ]
        # The decisions on its own reviews only.
        own_reviews = {"data": {"agent": [agent.name]}}
        expected.append({"source": [reviews.SOURCE], "detail-type": [*reviews.DECISIONS], "detail": own_reviews})
        if agent.workflow:  # the reports of its members, to itself
            members = [f"agent.{name}" for name in dict.fromkeys(agent.workflow.members)]
            reports = {"data": {"agent": [agent.name]}}
            expected.append({"source": members, "detail-type": [tasks.TASK_REPORTED], "detail": reports})
        patterns, expected = ([dict(sorted(one.items())) for one in those] for those in (patterns, expected))
        assert sorted(patterns, key=str) == sorted(expected, key=str)


def test_every_alarm_notifies_people(deployed):
    """Through a topic to which CloudWatch may publish, and no other principal without a policy of its own."""
    topic = f"arn:aws:sns:REGION:ACCOUNT:{naming.ALARMS_TOPIC}"
    assert {tuple(alarm.properties["AlarmActions"]) for alarm in deployed.all("AWS::CloudWatch::Alarm")} == {(topic,)}
    assert [p.who for p in deployed.resource_policies if p.resource == topic] == ["cloudwatch.amazonaws.com"]


def test_no_alarm_ends_because_sqs_sends_no_metrics(deployed):
    # SQS sends none after hours without activity, and the messages are still there.
    alarms = [alarm.properties for alarm in every(deployed, "AWS::CloudWatch::Alarm")]
    missing = {given["TreatMissingData"] for given in alarms if given["Namespace"] == "AWS/SQS"}
    assert missing == {"ignore"}


def test_every_alarm_fires_at_the_first_minute_above_its_threshold(deployed):
    for alarm in every(deployed, "AWS::CloudWatch::Alarm"):
        given = alarm.properties
        # A silent source is counted every 15 minutes, and its alarm must last until it speaks.
        seconds = 1800 if given.get("MetricName") == "Silence" else 60
        assert (given["Period"], given["EvaluationPeriods"]) == (seconds, 1), alarm.id
        assert given.get("DatapointsToAlarm", 1) == 1, alarm.id


def test_an_agent_that_promises_a_latency_has_an_alarm_on_it(deployed):
    """On the metric that its runtime writes, and no other agent has one."""
    promised = {}
    for alarm in deployed.all("AWS::CloudWatch::Alarm"):
        given = alarm.properties
        if given["MetricName"] == HANDLED_AFTER:
            (dimension,) = given["Dimensions"]
            assert (given["Namespace"], given["Statistic"]) == ("Hookline", "Maximum")
            promised[dimension["Value"]] = given["Threshold"]
    agents = declared_project().agents.values()
    assert promised == {agent.identity: agent.within for agent in agents if agent.within}
    assert promised


def test_the_first_dead_letter_of_any_queue_raises_an_alarm(deployed):
    watched = set()
    for alarm in deployed.all("AWS::CloudWatch::Alarm"):
        given = alarm.properties
        first = (given["ComparisonOperator"], given["Threshold"], given["EvaluationPeriods"])
        if first == ("GreaterThanOrEqualToThreshold", 1, 1) and given["Statistic"] in ("Maximum", "Sum"):
            dimensions = [dimension["Value"] for dimension in given["Dimensions"]]
            watched.add((given["Namespace"], given["MetricName"], *dimensions))
    names = {queue.name for queue in deployed.dead_letter_queues.values()}
    letters = {("AWS/SQS", "ApproximateNumberOfMessagesVisible", name) for name in names}
    others = {one for one in watched if one[1] not in (SECRET_FAULTS, UNRECORDED, METRIC)}
    assert others == {*letters, ("Hookline", "FloodedBatches", "service.recorder")}
