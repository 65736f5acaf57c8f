"""Stops an agent at once and lets it go on again, and nothing that came for it meanwhile is lost."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.operator import known
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from infra import naming

POLICY = f"{naming.PREFIX}-suspended"
# An explicit deny beats every allow, is evaluated with each request, and so also ends sessions already handed out.
DENY_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
BUSY = "ResourceInUseException"  # Lambda takes no change while the one before is under way
UNSEEN = "InvalidParameterValueException"  # it reads no queue for a role whose new permissions it does not see yet
TRIES, TRY_SECONDS = 60, 2
GONE = ("NoSuchEntity", "ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@dataclass(frozen=True)
class Standing:
    """How a deployed agent stands: whether its role is denied everything, whether its queue is polled, what waits."""

    denied: bool
    polled: bool
    waiting: int

    @property
    def state(self) -> str:
        """In a word; "half suspended" is what a command that was cut off, or a later deploy, can leave."""
        if self.denied == self.polled:
            return "half suspended"
        return "suspended" if self.denied else "running"


class NotDeployed(OperatorError):
    """The agent is declared, and not deployed where the command looks."""


def deployed(account: Account) -> set[str]:
    """The names of the agents that are deployed, whether or not they still have a folder.

    Raises OperatorError where AWS refuses.
    """
    agents = f"{naming.PREFIX}-agent-"
    with _plainly():
        pages = account.client("lambda").get_paginator("list_event_source_mappings").paginate()
        queues = {one["EventSourceArn"].rpartition(":")[2] for page in pages for one in page["EventSourceMappings"]}
    return {queue.removeprefix(agents) for queue in queues if queue.startswith(agents)}


class DeployedAgent:
    """A deployed agent, by name. Each method raises NotDeployed, or OperatorError where AWS refuses."""

    def __init__(self, account: Account, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._account = account
        self._name = name
        self._resource = naming.agent(name)
        self._sleep = sleep

    def standing(self) -> Standing:
        """How it stands now."""
        with self._here():
            return Standing(self._denied(), self._mapping()["State"] in ("Enabled", "Enabling"), self._waiting())

    def suspend(self) -> Iterator[str]:
        """Take its credentials and its work away; gives each step that was done, none where both were gone already."""
        with self._here():
            # Credentials first, for they are what can do harm, and should this be cut off in between, an agent that
            # is woken without them fails and its message comes back. The other way round one would be left that acts.
            if not self._denied():
                policy = {"RoleName": self._resource, "PolicyName": POLICY, "PolicyDocument": DENY_ALL}
                self._account.client("iam").put_role_policy(**policy)
                yield f"role {self._resource} is denied everything (policy {POLICY})"
            if self._turn(on=False):
                yield f"queue {self._resource} is not read any more; what comes stays in it"

    def resume(self) -> Iterator[str]:
        """Give both back; gives each step that was done, none where it had both."""
        with self._here():
            # Credentials first again: an agent that is woken without them fails, and a try of its message is gone.
            if self._denied():
                self._account.client("iam").delete_role_policy(RoleName=self._resource, PolicyName=POLICY)
                yield f"role {self._resource} may again do what its own policy allows"
            if self._turn(on=True):
                yield f"queue {self._resource} is read again"

    def _denied(self) -> bool:
        pages = self._account.client("iam").get_paginator("list_role_policies").paginate(RoleName=self._resource)
        return any(POLICY in page["PolicyNames"] for page in pages)

    def _turn(self, on: bool) -> bool:
        """Have the queue read, or not; False where that was so already."""
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
        found = self._account.client("lambda").list_event_source_mappings(FunctionName=self._resource)
        for mapping in found["EventSourceMappings"]:
            if mapping["EventSourceArn"].endswith(f":{self._resource}"):
                return mapping
        raise OperatorError(f"nothing reads queue {self._resource}: deploy agent {self._name} again")

    def _waiting(self) -> int:
        sqs = self._account.client("sqs")
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = sqs.get_queue_url(QueueName=self._resource)["QueueUrl"]
        return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))

    @contextmanager
    def _here(self) -> Iterator[None]:
        """What is not deployed is told so, and what nobody declares either."""
        try:
            with _plainly():
                yield
        except _Gone:
            if self._name not in known.find().broken:
                known.agent(self._name)  # says which there are
            raise NotDeployed(f"agent {self._name} is not deployed here") from None


class _Gone(OperatorError):
    """AWS does not have it."""


@contextmanager
def _plainly() -> Iterator[None]:
    """What AWS refuses is one line for the operator."""
    try:
        yield
    except ClientError as error:
        kind = _Gone if error.response["Error"]["Code"] in GONE else OperatorError
        raise kind(f"AWS refused: {error}") from None
    except BotoCoreError as error:
        raise OperatorError(f"AWS cannot be reached: {error}") from None
