"""An agent's sheet as a page of text for an auditor."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.templates import Permission, listed

DAY = 24 * 3600


def page(sheet: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the page; `sheet` is hookline.operator.agent_sheet's."""
    function = sheet["function"]
    yield f"{sheet['identity']}: {sheet['purpose']}"
    yield f"Owner: {sheet['owner']}. Computed from the synthesized template; REGION and ACCOUNT stand for yours."
    yield from _section("What it is")
    yield f"  function  {function['name']}, {function['runtime']}, {function['memory_mb']} MB"
    yield f"  timeout   {function['timeout_seconds']} s"
    yield f"  role      {sheet['role']}, with boundary {sheet['boundary']['name']}"
    for key, value in sheet["tags"].items():
        yield f"  tag       {key} = {value}"
    yield from _queue(sheet["queue"])
    yield from _section("What its role may do", "IAM denies everything else.")
    yield from _permissions(sheet["may"])
    yield from _section(
        "The maximum permissions of its role",
        f"Boundary {sheet['boundary']['name']}: IAM denies everything else, even if the role's own policy allows it.",
    )
    yield from _permissions(sheet["boundary"]["may"])
    yield from _section("What it publishes", "IAM denies any other event.")
    for published in sheet["publishes"]:
        yield f"  on bus {published['bus']}"
        for operator, keys in published["when"].items():
            for key, values in keys.items():
                yield f"    {key} {operator} {', '.join(listed(values))}"
    yield from _connectors(sheet["connectors"])
    yield from _policies(sheet["policies"])
    yield from _section("What an event may cost", "The budget that its manifest declares.")
    for name, value in sheet["budget"].items():
        yield f"  {name.replace('_', ' '):<22} {value}"


def _section(title: str, *sentences: str) -> Iterator[str]:
    yield ""
    yield title.upper()
    yield from (f"  {sentence}" for sentence in sentences)


def _queue(queue: Mapping[str, Any]) -> Iterator[str]:
    dead = queue["dead_letters"]
    yield from _section("What wakes it", f"Messages in its queue, {queue['name']}.")
    yield f"  Others that may invoke it: {_names(queue['others_that_may_invoke'])}."
    for rule in queue["filled_by"]:
        yield f"  Rule {rule['rule']} on bus {rule['bus']} sends it the events where"
        yield from (f"    {condition}" for condition in _conditions(rule["pattern"]))
    yield f"  Identities of Hookline that may send messages to it: {_names(queue['identities_that_may_send'])}."
    yield f"  Batch size {queue['messages_at_a_time']}, visibility timeout {queue['hidden_seconds']} s."
    yield f"  A message that waits for over {queue['kept_seconds'] / DAY:g} days is lost."
    yield f"  After {queue['tries']} tries, or immediately if a retry cannot help, a message moves to {dead['name']},"
    yield f"  which keeps it until it is {dead['kept_seconds'] / DAY:g} days old."
    yield f"  Identities of Hookline that may send messages to that queue: {_names(dead['identities_that_may_send'])}."
    yield "  The queues' own policies allow:"
    yield from (f"    {line}" for line in (*queue["resource_policies"], *dead["resource_policies"]))


def _conditions(pattern: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """The conditions of an event pattern, which is nested like an event."""
    for key, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            yield from _conditions(wanted, f"{within}{key}.")
        else:
            yield f"{within}{key} is {' or '.join(map(str, wanted))}"


def _permissions(given: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for one in given:
        yield f"  {Permission('', one['action'], one['resource'], one['condition']).what}"


def _connectors(connectors: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    sentence = "Only these operations, and only on entities of its event's grant or on its destinations."
    yield from _section("What connectors do for it", sentence)
    for connector in connectors:
        calls = f"calls {', '.join(connector['hosts'])}" if connector["hosts"] else "calls nothing outside AWS"
        yield f"  {connector['name']}, through alias {connector['alias']}; {calls}. Reason: {connector['reason']}"
        for operation in connector["operations"]:
            columns = f"{operation['name']:<18} {operation['kind']:<6} on {operation['entity']}"
            yield f"    {columns}{'  ' + operation['request'] if operation['request'] else ''}"
        for destination in connector["destinations"]:
            entity = destination["entity"] or "not bound in cdk.json"
            yield f"    destination {destination['name']}: {entity}, for {', '.join(destination['operations'])}"


def _policies(policies: list[Mapping[str, Any]] | None) -> Iterator[str]:
    if policies is None:
        yield from _section("Its policies", "It has no policy.cedar, so connectors deny every call.")
        return
    yield from _section("Its policies", "Connectors decide each call by its policy.cedar, and deny it if none applies.")
    for policy in policies:
        shadow = "" if policy["enforced"] else ", in shadow: recorded and not enforced ('hookline agents shadow')"
        yield f"  {policy['id'] or 'without an id'}: {policy['effect']}{shadow}"
        yield from (f"    {line}" for line in policy["text"].strip().splitlines())


def _names(names: list[str]) -> str:
    return ", ".join(names) or "none"
