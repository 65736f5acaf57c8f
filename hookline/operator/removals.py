"""What a deployment takes away: agents that lost their folder, and resources that are in no template any more."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from hookline.operator import deployed_stacks, queue_counts, suspension
from hookline.operator.account import Clients
from infra import naming
from infra.templates import Resource, read

# The types whose loss an operator must know of, in words.
WORDS = {
    "AWS::DynamoDB::Table": "table",
    "AWS::KMS::Key": "key",
    "AWS::S3::Bucket": "bucket",
    "AWS::SQS::Queue": "queue",
    "AWS::SecretsManager::Secret": "secret",
}


@dataclass(frozen=True)
class RemovedAgent:
    """An agent that is deployed but has no stack in the templates, with its messages that wait or are dead letters."""

    name: str
    waiting: int
    dead_letters: int

    def __str__(self) -> str:
        return (
            f"agent {self.name} has no folder any more, but is deployed: events waiting {self.waiting}, "
            f"dead letters {self.dead_letters}"
        )


@dataclass(frozen=True)
class Removals:
    """`agents` must be removed before; `losses` says a line for each resource that this deployment takes away."""

    agents: list[RemovedAgent]
    losses: list[str]


def removals(account: Clients, templates: Mapping[str, bytes]) -> Removals:
    """Compare the deployed stacks with the templates, by stack, that are to replace them."""
    agents = [
        RemovedAgent(name, *queue_counts.of_agent(account, name))
        for name in sorted(suspension.deployed(account))
        if naming.agent_stack(name) not in templates
    ]
    return Removals(agents, [line for stack in templates for line in _losses(account, stack, templates[stack])])


def _losses(account: Clients, stack: str, text: bytes) -> Iterator[str]:
    deployed = deployed_stacks.template(account, stack)
    if deployed is None:
        return
    kept = {one.id for one in read(text)}
    gone = [one for one in read(json.dumps(deployed).encode()) if one.id not in kept]
    yield from (_loss(account, one) for one in gone if one.type in WORDS)
    yield from _gone_functions(gone)


def _loss(account: Clients, resource: Resource) -> str:
    what = f"{WORDS[resource.type]} {resource.name}"
    if resource.deletion.startswith("Retain"):
        return f"{what} is not used any more; it is kept with its content, until you delete it"
    if resource.type == "AWS::SQS::Queue":
        return f"{what} is deleted, in which {queue_counts.messages(account, resource.name)} messages wait"
    return f"{what} is deleted with its content"


def _gone_functions(gone: Collection[Resource]) -> Iterator[str]:
    for one in gone:
        if one.type != "AWS::Lambda::Function":
            continue
        tags = {tag["Key"]: tag["Value"] for tag in one.properties.get("Tags", ())}
        if source := tags.get("hookline:source"):
            yield f"source {source} is not received any more: its last subscriber is gone, its URL answers 404"
        elif connector := tags.get("hookline:connector"):
            yield f"connector {connector} is deleted: no agent uses it any more"
