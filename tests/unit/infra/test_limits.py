"""How close a deployment is to limits of AWS, and when it is refused."""

import pytest

from infra.limits import LimitExceeded, check_limits


def stack(resources=0, rules=0, bus="hookline"):
    """A template with so many resources, of which so many are rules on `bus`."""
    on = {"EventBusName": bus} if bus else {}
    all_rules = {f"Rule{n}": {"Type": "AWS::Events::Rule", "Properties": on} for n in range(rules)}
    others = {f"Queue{n}": {"Type": "AWS::SQS::Queue"} for n in range(resources - rules)}
    return {"Resources": {**all_rules, **others}}


def test_up_to_80_percent_of_the_limits_there_is_no_warning():
    full = {"hookline-ingress": stack(400), "hookline-agent-a": stack(240, rules=240), "hookline-empty": {}}
    assert check_limits(full) == []


def test_above_80_percent_a_warning_says_how_far_one_is():
    assert check_limits({"hookline-ingress": stack(401)}) == [
        "resources of stack hookline-ingress: 401 of 500 (80 %); deploy fewer sources or agents"
    ]
    assert len(check_limits({"hookline-ingress": stack(500)})) == 1


def test_rules_are_counted_for_each_bus_over_all_stacks():
    ours = {f"hookline-agent-{n}": stack(100, rules=100) for n in "abc"}
    assert check_limits({**ours, "hookline-operations": stack(200, rules=200, bus=None)}) == [
        "rules on event bus hookline: 300 of 300 (100 %); deploy fewer agents, or raise the quota and set rules_per_bus"
    ]


def test_above_a_limit_it_is_refused_with_a_line_for_each():
    over = {"hookline-ingress": stack(501), "hookline-agent-a": stack(301, rules=301), "hookline-shared": stack(450)}
    with pytest.raises(LimitExceeded) as refused:
        check_limits(over)
    assert [line.split(";")[0] for line in str(refused.value).splitlines()] == [
        "resources of stack hookline-ingress: 501 of 500 (100 %)",
        "rules on event bus hookline: 301 of 300 (100 %)",
    ]


def test_the_quota_of_rules_is_a_setting():
    rules = {"hookline-agent-a": stack(101, rules=101)}
    assert check_limits(rules) == []
    with pytest.raises(LimitExceeded, match="101 of 100"):
        check_limits(rules, rules_per_bus=100)


def test_a_pattern_that_eventbridge_does_not_take_is_refused():
    """An agent has one rule for all that wakes it."""

    def subscribing(count):
        pattern = {"$or": [{"source": ["webhook.stripe"], "detail-type": ["payment.held"]}] * count}
        return {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern}}}}

    assert check_limits({"hookline-agent-a": subscribing(20)}) == []
    with pytest.raises(LimitExceeded, match="^characters of the event pattern in stack hookline-agent-a: 2[0-9]{3} of"):
        check_limits({"hookline-agent-a": subscribing(40)})
