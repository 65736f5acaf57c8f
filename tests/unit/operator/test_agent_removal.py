"""Removing a deployed agent by name: in an order that loses no event, and never without saying what would be lost."""

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hookline.cli.commands import agents as command
from hookline.operator.agent_removal import EMPTY_SECONDS, POLL_SECONDS, AgentRemoval
from hookline.operator.errors import OperatorError
from hookline.operator.suspension import POLICY

QUEUE, DEAD, STACK = "hookline-agent-gone", "hookline-agent-gone-dead-letters", "hookline-agent-gone"
POLLS = EMPTY_SECONDS // POLL_SECONDS


class Aws:
    """What a removal needs of AWS. `waiting` has the counts of a queue in turn, the last one for good."""

    def __init__(self, waiting=(0,), dead=(0,), state="Enabled", policies=()):
        self.counts = {QUEUE: list(waiting), DEAD: list(dead)}
        self.state, self.policies = state, list(policies)
        self.calls, self.slept, self.deleting = [], 0, 3
        self.off = set()
        self.meta = SimpleNamespace(region_name="eu-central-1")

    def client(self, service):
        return self

    def sleep(self, seconds):
        self.slept += seconds

    def get_paginator(self, operation):
        return SimpleNamespace(paginate=lambda **given: [getattr(self, operation)(**given)])

    def list_role_policies(self, RoleName):
        assert RoleName == f"{QUEUE}-eu-central-1"
        return {"PolicyNames": self.policies}

    def delete_role_policy(self, RoleName, PolicyName):
        self.calls.append("allow")
        self.policies.remove(PolicyName)

    def list_event_source_mappings(self, FunctionName):
        return {
            "EventSourceMappings": [
                {"EventSourceArn": f"arn:aws:sqs:x:1:{FunctionName}", "State": self.state, "UUID": "u"}
            ]
        }

    def update_event_source_mapping(self, UUID, Enabled):
        self.calls.append("poll" if Enabled else "poll no more")
        self.state = "Enabled" if Enabled else "Disabled"

    def list_rule_names_by_target(self, TargetArn, EventBusName):
        assert (TargetArn, EventBusName) == (f"arn:aws:sqs:x:1:{QUEUE}", "hookline")
        return {"RuleNames": ["one", "two"]}

    def get_queue_url(self, QueueName):
        return {"QueueUrl": QueueName}

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        if AttributeNames == ["QueueArn"]:
            return {"Attributes": {"QueueArn": f"arn:aws:sqs:x:1:{QueueUrl}"}}
        counts = self.counts[QueueUrl]
        now = counts.pop(0) if len(counts) > 1 else counts[0]
        return {"Attributes": {"ApproximateNumberOfMessages": str(now)}}

    def describe_rule(self, Name, EventBusName):
        return {"State": "DISABLED" if Name in self.off else "ENABLED"}

    def disable_rule(self, Name, EventBusName):
        self.calls.append(f"disable {Name}")

    def enable_rule(self, Name, EventBusName):
        self.calls.append(f"enable {Name}")

    def delete_stack(self, StackName):
        assert StackName == STACK
        self.calls.append("delete")

    def describe_stacks(self, StackName):
        self.deleting -= 1
        return {"Stacks": [{"StackStatus": "DELETE_IN_PROGRESS" if self.deleting else "DELETE_COMPLETE"}]}


def removal(aws, wait=600, **options):
    return AgentRemoval(aws, "gone", wait_seconds=wait, sleep=aws.sleep, **options)


def test_no_new_event_comes_then_what_waits_is_handled_then_the_stack_goes():
    # The status, the plan and every poll count: two events are handled meanwhile.
    aws = Aws(waiting=[2, 2, 2, 1, 0])
    found = removal(aws)
    assert found.plan().waiting == 2
    steps = list(found.remove())
    assert aws.calls == ["disable one", "disable two", "delete"]
    assert steps[-1] == "stack hookline-agent-gone is deleted"


def test_sqs_counts_approximately_so_nothing_must_wait_for_a_whole_minute():
    aws = Aws(waiting=[0] * (POLLS - 1) + [1] + [0])
    list(removal(aws).remove())
    assert aws.slept >= 2 * EMPTY_SECONDS


def test_events_that_still_wait_keep_the_agent_and_its_rules():
    aws = Aws(waiting=[1])
    with pytest.raises(OperatorError, match="events still wait for agent gone after 60 s, so it is not removed"):
        list(removal(aws, wait=60).remove())
    assert aws.calls == ["disable one", "disable two", "enable one", "enable two"]
    assert aws.slept == 60 + EMPTY_SECONDS


def test_an_event_that_becomes_a_dead_letter_meanwhile_keeps_the_agent_and_its_rules():
    aws = Aws(dead=[0] * POLLS + [1])
    with pytest.raises(OperatorError, match="1 events of agent gone became dead letters meanwhile"):
        list(removal(aws).remove())
    assert aws.calls[-2:] == ["enable one", "enable two"]
    assert "delete" not in aws.calls


def test_an_interrupted_removal_enables_the_rules_again():
    aws = Aws(waiting=[1])
    aws.sleep = lambda seconds: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        list(removal(aws).remove())
    assert aws.calls[-2:] == ["enable one", "enable two"]


def test_a_rule_that_was_disabled_before_stays_so():
    aws = Aws(waiting=[1])
    aws.off.add("one")
    with pytest.raises(OperatorError, match="did not reach it: replay it from the archive of the bus"):
        list(removal(aws).remove())
    assert aws.calls == ["disable two", "enable two"]


def test_one_that_is_half_suspended_is_not_woken_before_its_stack_goes():
    """It is denied but polled: without the deny, what waits would run."""
    aws = Aws(waiting=[2], policies=[POLICY])
    list(removal(aws, discard_waiting=True).remove())
    assert aws.calls == ["disable one", "disable two", "poll no more", "allow", "delete"]


def test_dead_letters_are_decided_on_first():
    aws = Aws(dead=[4])
    with pytest.raises(OperatorError, match="has 4 dead letters, .* 'hookline dead-letters discard gone'"):
        removal(aws).plan()
    with pytest.raises(OperatorError, match="has 4 dead letters"):
        removal(aws, discard_waiting=True).plan()


def test_a_suspended_agent_would_never_handle_what_waits():
    aws = Aws(waiting=[2], state="Disabled", policies=[POLICY])
    with pytest.raises(OperatorError, match="is suspended, and 2 events wait .* or add --discard-waiting"):
        removal(aws).plan()


def test_a_suspended_agent_can_be_removed_without_being_woken_again():
    """One that was taken over must not run once more. IAM deletes no role with an inline policy."""
    aws = Aws(waiting=[2], state="Disabled", policies=[POLICY])
    found = removal(aws, discard_waiting=True)
    assert found.plan().state == "suspended"
    list(found.remove())
    assert aws.calls == ["disable one", "disable two", "allow", "delete"]
    assert aws.state == "Disabled"


def test_a_stack_that_does_not_go_is_one_clear_line():
    aws = Aws()
    aws.deleting = 10_000
    with pytest.raises(OperatorError, match="stack hookline-agent-gone is not deleted yet"):
        list(removal(aws).remove())


@pytest.fixture
def run(monkeypatch):
    """Runs the command on an account; `recorded` is what the audit trail gets."""
    recorded = []

    def invoke(aws, *words, typed=None):
        monkeypatch.setattr("hookline.operator.account.account", lambda on_aws: aws)
        monkeypatch.setattr("hookline.cli.commands.agents.time.sleep", aws.sleep)
        monkeypatch.setattr(
            "hookline.operator.operator_trail.record_action",
            lambda _, kind, **what: (aws.calls.append("record"), recorded.append((kind, what))),
        )
        done = CliRunner().invoke(command.agents, ["remove", "gone", "--aws", *words], input=typed)
        done.recorded = recorded
        return done

    return invoke


def test_the_command_says_what_goes_and_asks_before_it_changes_anything(run):
    aws = Aws()
    done = run(aws, typed="n\n")
    assert done.exit_code == 1
    assert aws.calls == []
    assert "agent gone is running; events waiting 0, dead letters 0" in done.output
    assert "3. stack hookline-agent-gone is deleted" in done.output
    assert "kept: table hookline-agent-gone-idempotency" in done.output


def test_a_removal_is_on_record_before_it_starts(run):
    aws = Aws()
    done = run(aws, "--yes", "--why", "not needed")
    assert done.exit_code == 0, done.output
    assert aws.calls == ["record", "disable one", "disable two", "delete"]
    ((kind, what),) = done.recorded
    assert (kind, what["resource"], what["reason"]) == ("removed", "agent.gone", "not needed")
    assert done.output.endswith("delete functions/agents/gone if it is there, then run 'make deploy'\n")


def test_discarded_events_are_named(run):
    done = run(Aws(waiting=[2], state="Disabled", policies=[POLICY]), "--yes", "--discard-waiting")
    assert "--discard-waiting: 2 events are deleted, unhandled" in done.output
    assert done.recorded[0][1]["decision"] == "it was suspended; 2 waiting events are deleted"
