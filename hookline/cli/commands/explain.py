"""The command `hookline explain`: why an agent decided as it did."""

import json
from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import echo, print_result
from hookline.operator.audit.words import used

LONGEST = 300  # characters of a value; --json has all of it


@click.command()
@click.argument("correlation")
@click.option("--event", default="", metavar="ID", help="Only what was decided about this event of the tree.")
@click.option("--agent", default="", metavar="NAME", help="Only what this agent decided.")
@as_json
@aws
def explain(correlation: str, event: str, agent: str, as_json: bool, aws: bool) -> None:
    """Explain the decisions in the causal tree that has the event CORRELATION, from their records.

    For each run: the event as the agent got it, each call with its arguments, answer, policy decision, time and usage,
    what came of it, who decided, and the prompt's file at that time. Personal data is redacted (docs/records.md).
    """
    from hookline.operator.account import account
    from hookline.operator.records.explain import explained
    from hookline.operator.records.stored import records
    from hookline.operator.trail import Trail

    here = account(aws)
    runs = explained(records(here), Trail(here.client("dynamodb")), correlation, event, agent)
    print_result({"runs": runs}, as_json, _print)


def _print(found: Mapping[str, Any]) -> None:
    for number, run in enumerate(found["runs"]):
        echo(*([""] if number else []), *_run(run))


def _run(run: Mapping[str, Any]) -> list[str]:
    event = run["event"]
    again = f", try {run['tries']}" if run["tries"] > 1 else ""
    lines = [
        f"agent {run['agent']} on {event.get('type')} {event['id']}, {run['started']}{again}",
        f"  event  {event.get('subject')} from {event.get('source')}: {_short(event.get('data'))}",
    ]
    for call in run["calls"]:
        lines += [f"  call   {line}" for line in _call(call)]
    for one in run["decided_by"]:
        lines.append(f"  by     {_who(one)}")
    for outcome in run["outcomes"]:
        fields = {name: value for name, value in outcome.items() if name not in ("kind", "subject", "why") and value}
        what = " ".join(filter(None, [outcome["kind"], outcome["subject"], _short(fields) if fields else ""]))
        lines.append(f"  made   {what}{': ' if outcome.get('why') else ''}{outcome.get('why', '')}")
    if run["error"]:
        lines.append(f"  raised {run['error']['kind']}: {run['error']['message']}")
    return lines


def _call(call: Mapping[str, Any]) -> list[str]:
    ids = f" by {', '.join(call['policies'])}" if call.get("policies") else ""
    asked = " as a proposal" if call.get("proposal") else ""
    took = used({"milliseconds": call.get("milliseconds", 0), **(call.get("usage") or {})})
    where = f" (destination {call['destination']})" if call.get("destination") else ""
    name = f"{call['connector']} {call['operation']}"
    error = call.get("error")
    said = f"{error['kind']}: {error['message']}" if error else _short(call.get("answer"))
    would = call.get("shadow")
    shadow = [f"  shadow   {would['decision']} by {', '.join(would['policies'])}, not enforced"] if would else []
    return [
        f"{name} on {call.get('entity')}{where}{asked}, {call.get('decision')}{ids}, {took}",
        *shadow,
        f"  asked    {_short(call.get('arguments'))}",
        f"  answered {said}",
    ]


def _who(one: Mapping[str, Any]) -> str:
    cause = f", because {one['cause']}" if one.get("cause") else ""
    file = one["prompt_file"] or "a file that is neither here nor in git"
    return f"{one['by']}{cause}; prompt {one['prompt'][:12]}…, {file}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
