"""The silence service: it reads metrics alone, and each deployed source has an alarm of its own."""

from functions.core.platform.environment import SilenceEnvironment
from functions.core.platform.identities import identity_of
from infra import naming

SERVICE = naming.service("silence")


def test_it_may_read_metrics_and_nothing_else(deployed):
    """The boundary lets it; no other role may."""
    own = "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/hookline-silence:*"
    assert {(p.action, p.resource) for p in deployed.may(SERVICE)} == {
        ("cloudwatch:GetMetricData", "*"),
        ("logs:CreateLogStream", own),
        ("logs:PutLogEvents", own),
        ("sqs:SendMessage", "arn:aws:sqs:REGION:ACCOUNT:hookline-silence-dead-letters"),
    }
    assert "cloudwatch:GetMetricData" in {p.action for p in deployed.boundary}
    assert {p.who for p in deployed.permissions if p.action.startswith("cloudwatch:")} == {SERVICE}


def test_each_deployed_source_is_watched_and_has_an_alarm_that_ends_with_its_silence(deployed):
    """The schedule puts a value into each period of the alarm while a source is silent."""
    variables = deployed.functions[SERVICE].properties["Environment"]["Variables"]
    watched = SilenceEnvironment.read(variables).sources.split(",")
    verifiers = [name.removeprefix("hookline-verifier-") for name in deployed.functions if "-verifier-" in name]
    assert sorted(watched) == sorted(verifiers)
    every = (alarm.properties for alarm in deployed.all("AWS::CloudWatch::Alarm"))
    alarms = [alarm for alarm in every if alarm.get("MetricName") == "Silence"]
    assert {a["Dimensions"][0]["Value"] for a in alarms} == {f"webhook.{name}" for name in watched}
    assert {(a["Threshold"], a["Period"], a["Statistic"], a["TreatMissingData"]) for a in alarms} == {
        (1, 1800, "Maximum", "notBreaching")
    }
    rules = [rule.properties for rule in deployed.all("AWS::Events::Rule") if SERVICE in str(rule.properties)]
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(15 minutes)"]


def test_each_identity_that_writes_records_has_an_alarm_on_those_it_could_not(deployed):
    alarms = [a.properties for a in deployed.all("AWS::CloudWatch::Alarm")]
    watched = {a["Dimensions"][0]["Value"] for a in alarms if a.get("MetricName") == "Unrecorded"}
    records = naming.records_bucket("ACCOUNT", "REGION")
    may_write = {p.who for p in deployed.permissions if p.action == "s3:PutObject" and records in p.resource}
    assert watched and {identity_of(who) for who in may_write} == watched
