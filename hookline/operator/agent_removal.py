"""Removes a deployed agent from an AWS account, by name: its folder may be gone already.

The order keeps events: first no new event reaches the agent, then it handles what waits, and only then its stack goes.
Its aliases of connectors go with the next deployment, so they outlive its last event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookline.operator import deployed_stacks, queue_counts
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.suspension import DeployedAgent, aws_errors
from infra import naming

POLL_SECONDS = 5
# SQS counts approximately, and is right a minute after the last message at the latest.
EMPTY_SECONDS = 60
DELETION_SECONDS = 900
AGAIN = (
    "Its rules are enabled again. What was published meanwhile did not reach it: replay it from the archive of the bus"
)


@dataclass(frozen=True)
class Plan:
    """What a removal finds: the agent's state, its waiting messages and its dead letters."""

    agent: str
    state: str
    waiting: int
    dead_letters: int

    def lines(self) -> Iterator[str]:
        """The plan for the operator, in order."""
        queue = naming.agent(self.agent)
        yield f"agent {self.agent} is {self.state}; events waiting {self.waiting}, dead letters {self.dead_letters}"
        yield f"1. its rules on bus {naming.BUS} are disabled: no new event reaches it"
        yield f"2. it handles the events that wait in queue {queue}"
        yield f"3. stack {naming.agent_stack(self.agent)} is deleted: its function, role, rules, queues, alarm and log"
        yield f"kept: table {naming.idempotency_table(self.agent)} (the events that it has handled) and the audit trail"
        yield "its aliases of connectors go with the next deployment after its folder is deleted"


def local_removal(account: Account, name: str) -> str:
    """How to remove a deployed agent from the local stack, and what waits for it.

    Raises OperatorError if the agent is not deployed.
    """
    DeployedAgent(account, name).status()  # raises an error for an unknown agent
    with aws_errors():
        waiting, dead = queue_counts.of_agent(account, name)
    how = f"on the local stack, delete functions/agents/{name} and run 'hookline up', which removes the agent"
    if not waiting and not dead:
        return f"{how}. Nothing waits for it"
    return (
        f"{how}. Events waiting {waiting}, dead letters {dead}: let it handle them first ('hookline agents', "
        "'hookline dead-letters redrive'), or 'hookline up --discard-waiting' deletes them"
    )


class AgentRemoval:
    """The removal of the agent `name`. `wait_seconds` is how long its waiting events have."""

    def __init__(
        self,
        account: Account,
        name: str,
        *,
        wait_seconds: int,
        sleep: Callable[[float], None],
        discard_waiting: bool = False,
    ) -> None:
        self._account = account
        self._name = name
        self._wait_seconds = wait_seconds
        self._discard = discard_waiting
        self._sleep = sleep
        self._agent = DeployedAgent(account, name, sleep)

    def plan(self) -> Plan:
        """What would go. Raises OperatorError if the agent is not deployed, or if its events could not be handled."""
        status = self._agent.status()
        with aws_errors():
            waiting, dead = queue_counts.of_agent(self._account, self._name)
        if dead:
            raise OperatorError(
                f"agent {self._name} has {dead} dead letters, which go with its queues: first "
                f"'hookline dead-letters redrive' or 'hookline dead-letters discard {self._name}'"
            )
        if waiting and status.state != "running" and not self._discard:
            raise OperatorError(
                f"agent {self._name} is {status.state}, and {waiting} events wait for it: "
                f"'hookline agents resume {self._name}' first, or add --discard-waiting to delete them"
            )
        return Plan(self._name, status.state, waiting, dead)

    def remove(self) -> Iterator[str]:
        """Remove it; yields each completed step. A removal that fails before the deletion enables the rules again."""
        with aws_errors():
            rules = self._rules()
            try:
                for rule in rules:
                    self._account.client("events").disable_rule(Name=rule, EventBusName=naming.BUS)
                yield f"its {len(rules)} rules are disabled"
                if not self._discard:
                    self._drain()
                    yield "no event waits for it"
                self._check_dead_letters()
            except BaseException:
                for rule in rules:
                    self._account.client("events").enable_rule(Name=rule, EventBusName=naming.BUS)
                raise
            self._agent.forget_suspension()  # IAM deletes no role that still has an inline policy
            self._delete()
            yield f"stack {naming.agent_stack(self._name)} is deleted"

    def _rules(self) -> list[str]:
        """The names of its rules that are enabled."""
        sqs = self._account.client("sqs")
        url = sqs.get_queue_url(QueueName=naming.agent(self._name))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events = self._account.client("events")
        pages = events.get_paginator("list_rule_names_by_target").paginate(TargetArn=arn, EventBusName=naming.BUS)
        names = [name for page in pages for name in page["RuleNames"]]
        states = {name: events.describe_rule(Name=name, EventBusName=naming.BUS)["State"] for name in names}
        return [name for name, state in states.items() if state == "ENABLED"]

    def _drain(self) -> None:
        empty_for = 0
        for _ in range((self._wait_seconds + EMPTY_SECONDS) // POLL_SECONDS):
            self._sleep(POLL_SECONDS)
            waiting, _dead = queue_counts.of_agent(self._account, self._name)
            empty_for = 0 if waiting else empty_for + POLL_SECONDS
            if empty_for >= EMPTY_SECONDS:
                return
        raise OperatorError(
            f"events still wait for agent {self._name} after {self._wait_seconds} s, so it is not removed: try "
            f"later or with a longer --wait, or add --discard-waiting to delete them. {AGAIN}"
        )

    def _check_dead_letters(self) -> None:
        _, dead = queue_counts.of_agent(self._account, self._name)
        if dead:
            raise OperatorError(
                f"{dead} events of agent {self._name} became dead letters meanwhile, so it is not removed: "
                f"'hookline dead-letters' shows them. {AGAIN}"
            )

    def _delete(self) -> None:
        stack = naming.agent_stack(self._name)
        self._account.client("cloudformation").delete_stack(StackName=stack)
        for _ in range(DELETION_SECONDS // POLL_SECONDS):
            if not deployed_stacks.exists(self._account, stack):
                return
            self._sleep(POLL_SECONDS)
        raise OperatorError(f"stack {stack} is not deleted yet: CloudFormation's events say why")
