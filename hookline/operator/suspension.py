"""Suspends an agent immediately and resumes it; messages that arrive in between wait in its queue."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.operator import known, queue_counts
from hookline.operator.account import Account, Clients
from hookline.operator.errors import OperatorError
from infra import naming

POLICY = f"{naming.PREFIX}-suspended"
# An explicit deny overrides every allow and is evaluated with each request, so it also applies to existing sessions.
DENY_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
BUSY = "ResourceInUseException"  # Lambda accepts no change while the previous one is in progress
UNSEEN = "InvalidParameterValueException"  # Lambda does not see the new permissions of the role yet
TRIES, TRY_SECONDS = 60, 2
POLLED = ("Enabled", "Enabling")
NOT_FOUND = (
    "NoSuchEntity",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
)


@dataclass(frozen=True)
class AgentStatus:
    """A deployed agent: whether its role is denied everything and its queue is polled, and how many messages wait."""

    denied: bool
    polled: bool
    waiting: int

    @property
    def state(self) -> str:
        """The state in a word; "half suspended" results from an interrupted command or a later deploy."""
        if self.denied == self.polled:
            return "half suspended"
        return "suspended" if self.denied else "running"


class NotDeployed(OperatorError):
    """The agent is declared, but not deployed in this account."""


def deployed(account: Clients) -> dict[str, bool]:
    """The deployed agents by name, including those without a folder: whether the queue of each is polled.

    Raises OperatorError if AWS refuses.
    """
    with aws_errors():
        pages = account.client("lambda").get_paginator("list_event_source_mappings").paginate()
        mappings = {
            one["EventSourceArn"].rpartition(":")[2]: one["State"] in POLLED
            for page in pages
            for one in page["EventSourceMappings"]
        }
    return {
        queue.removeprefix(naming.AGENTS): polled
        for queue, polled in mappings.items()
        if queue.startswith(naming.AGENTS)
    }


class DeployedAgent:
    """A deployed agent, by name. Each method raises NotDeployed, or OperatorError if AWS refuses."""

    def __init__(self, account: Account, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._account = account
        self._name = name
        self._resource = naming.agent(name)
        self._sleep = sleep

    def status(self) -> AgentStatus:
        """Its current status."""
        with self._explaining_errors():
            return AgentStatus(self._denied(), self._mapping()["State"] in POLLED, self._waiting())

    def denied(self) -> bool:
        """Whether its role is denied everything."""
        with self._explaining_errors():
            return self._denied()

    def suspend(self) -> Iterator[str]:
        """Deny its role everything and stop its queue; yields each completed step, none if already suspended."""
        with self._explaining_errors():
            # Permissions first, because they can do harm. If this is interrupted in between, an agent that is woken
            # without them fails and its message is retried. In the other order an agent could still act.
            if not self._denied():
                policy = {"RoleName": self._role, "PolicyName": POLICY, "PolicyDocument": DENY_ALL}
                self._account.client("iam").put_role_policy(**policy)
                yield f"role {self._role} is denied everything (policy {POLICY})"
            if self._poll(on=False):
                yield f"queue {self._resource} is no longer polled; new messages wait in it"

    def resume(self) -> Iterator[str]:
        """Undo both; yields each completed step, none if already running."""
        with self._explaining_errors():
            # Permissions first again: an agent that is woken without them fails, which uses up a try of its message.
            if self._denied():
                self._account.client("iam").delete_role_policy(RoleName=self._role, PolicyName=POLICY)
                yield f"role {self._role} has the permissions of its own policy again"
            if self._poll(on=True):
                yield f"queue {self._resource} is polled again"

    def forget_suspension(self) -> None:
        """Remove the suspending policy from the role, if it is there. The queue is not polled afterwards."""
        with self._explaining_errors():
            if self._denied():
                self._poll(on=False)  # without the policy, what waits would wake it
                self._account.client("iam").delete_role_policy(RoleName=self._role, PolicyName=POLICY)

    @property
    def _role(self) -> str:
        return naming.role(self._resource, self._account.client("lambda").meta.region_name)

    def _denied(self) -> bool:
        pages = self._account.client("iam").get_paginator("list_role_policies").paginate(RoleName=self._role)
        return any(POLICY in page["PolicyNames"] for page in pages)

    def _poll(self, on: bool) -> bool:
        """Start or stop the polling of the queue; False if nothing had to change."""
        passing = (BUSY, UNSEEN) if on else (BUSY,)
        tries = 0
        while (mapping := self._mapping())["State"] != ("Enabled" if on else "Disabled"):
            tries += 1
            try:
                self._account.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)
            except ClientError as error:
                if error.response["Error"]["Code"] not in passing or tries == TRIES:
                    raise
                self._sleep(TRY_SECONDS)
            else:
                return True
        return False

    def _mapping(self) -> dict[str, Any]:
        # An agent with low latency is invoked by an alias, which has the mapping.
        for function in (self._resource, f"{self._resource}:{naming.LOW_LATENCY}"):
            found = self._account.client("lambda").list_event_source_mappings(FunctionName=function)
            for mapping in found["EventSourceMappings"]:
                if mapping["EventSourceArn"].endswith(f":{self._resource}"):
                    return mapping
        raise OperatorError(f"queue {self._resource} has no consumer: deploy agent {self._name} again")

    def _waiting(self) -> int:
        return queue_counts.messages(self._account, self._resource)

    @contextmanager
    def _explaining_errors(self) -> Iterator[None]:
        """Turn AWS's "not found" into NotDeployed, or into the error for an unknown agent."""
        try:
            with aws_errors():
                yield
        except _NotFound:
            if self._name not in known.find().broken:
                known.agent(self._name)  # raises an error that lists the agents
            raise NotDeployed(f"agent {self._name} is not deployed here") from None


class _NotFound(OperatorError):
    """The resource does not exist in AWS."""


@contextmanager
def aws_errors() -> Iterator[None]:
    """Turn errors of AWS into one line for the operator."""
    try:
        yield
    except ClientError as error:
        kind = _NotFound if error.response["Error"]["Code"] in NOT_FOUND else OperatorError
        raise kind(f"AWS refused: {error}") from None
    except BotoCoreError as error:
        raise OperatorError(f"AWS cannot be reached: {error}") from None
