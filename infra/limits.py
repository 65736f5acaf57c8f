"""The limits of AWS that a growing project reaches: resources, rules on a bus, and a rule's pattern. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.platform.errors import HooklineError

RESOURCES_PER_STACK = 500  # CloudFormation's, and fixed
PATTERN = 2048  # characters of a rule's event pattern, EventBridge's default
RULES_PER_BUS = 300  # EventBridge's default: lower in some regions, and AWS raises it on request
NEAR = 0.8  # of a limit
MEMORY = 512  # MB of each function; less memory also means less processor, and so a slower cold start

Templates = Mapping[str, Mapping[str, Any]]


class LimitExceeded(HooklineError):
    """A deployment would exceed limits of AWS; each line names one."""


@dataclass(frozen=True)
class Usage:
    """How much of a limit the templates use. `advice` is what to do above it."""

    what: str
    used: int
    limit: int
    advice: str

    def __str__(self) -> str:
        share = f"{self.used} of {self.limit} ({100 * self.used // self.limit} %)"
        return f"{self.what}: {share}; {self.advice}"


def check_limits(templates: Templates, rules_per_bus: int = RULES_PER_BUS) -> list[str]:
    """A warning for each limit of which the templates, by stack, use more than 80 %.

    Raises LimitExceeded, a line for each, if they use more than a limit.
    """
    usages = [*_resources(templates), *_rules(templates, rules_per_bus), *_patterns(templates)]
    if exceeded := [str(one) for one in usages if one.used > one.limit]:
        raise LimitExceeded("\n".join(exceeded))
    return [str(one) for one in usages if one.used > NEAR * one.limit]


def _resources(templates: Templates) -> Iterator[Usage]:
    for stack, template in templates.items():
        used = len(template.get("Resources", {}))
        yield Usage(f"resources of stack {stack}", used, RESOURCES_PER_STACK, "deploy fewer sources or agents")


def _patterns(templates: Templates) -> Iterator[Usage]:
    for stack, rule in _every_rule(templates):
        yield pattern_usage(f"in stack {stack}", rule.get("EventPattern", {}))


def pattern_usage(where: str, pattern: Mapping[str, Any]) -> Usage:
    """How long a rule's pattern is."""
    used = len(json.dumps(pattern, separators=(",", ":")))
    advice = "subscribe to fewer events, or part the agent in two"
    return Usage(f"characters of the event pattern {where}", used, PATTERN, advice)


def _every_rule(templates: Templates) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for stack, template in templates.items():
        for resource in template.get("Resources", {}).values():
            if resource["Type"] == "AWS::Events::Rule":
                yield stack, resource.get("Properties", {})


def _rules(templates: Templates, limit: int) -> Iterator[Usage]:
    rules = (rule for _, rule in _every_rule(templates))
    for bus, used in Counter(str(rule.get("EventBusName", "default")) for rule in rules).items():
        yield rules_usage(bus, used, limit)


def rules_usage(bus: str, used: int, limit: int) -> Usage:
    """How many rules a bus has."""
    return Usage(
        f"rules on event bus {bus}", used, limit, "deploy fewer agents, or raise the quota and set rules_per_bus"
    )
