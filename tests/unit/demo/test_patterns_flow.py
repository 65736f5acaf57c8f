"""The flow of the five patterns: its agents do what each act says, and the guards see what is planted."""

import importlib
from collections import deque
from types import SimpleNamespace

import pytest

from functions.core.platform.canonical import compact
from functions.core.workflows.machine import Machine
from functions.core.workflows.messages import AskPerson, Assign, Decision, Reply, Start
from hookline.demo import found
from hookline.demo.flow import Decision as PersonDecides
from hookline.demo.flow import Delivery, Evidence, Run
from hookline.demo.flows import patterns
from hookline.local.generated_secrets import generate_secret
from hookline.operator import known, runs
from hookline.operator.send import read_events, signed_delivery

NOW = 1_790_000_000.0


@pytest.fixture
def agents(monkeypatch, project_as_read):
    """Every agent; the project is read once, not for each delivery."""
    project, _ = project_as_read
    monkeypatch.setattr(known, "source", project.sources.get)
    return project.agents


def event_of(delivery):
    """The domain event that a verifier makes of a delivery."""
    source, secret = delivery.source, generate_secret(known.source(delivery.source))
    url, body = f"https://hooks.example.com/webhooks/{source}", delivery.body.encode()
    signed = signed_delivery(source, url, delivery.headers, body, secret.signs, NOW)
    translate = importlib.import_module(f"functions.providers.{source}.translate").translate
    (event,) = read_events(source, signed, secret.verifies, NOW, translate=translate)
    return event


def ended(agents, delivery, note):
    """The run of a delivery as `hookline runs show --json` has it; people approve with this note."""
    event = event_of(delivery)
    managers = (one for one in agents.values() if one.workflow and one.flow == "patterns")
    (manager,) = (one for one in managers if one.subscribes_to(event.source, event.type))
    machine = Machine(manager.workflow)
    state, messages = machine.new("run"), deque([Start(event.data, event.entities)])
    while messages:
        state, commands = machine.step(state, messages.popleft())
        for command in commands:
            match command:
                case Assign(task, member, payload):
                    agent = importlib.import_module(f"functions.agents.{member}.agent")
                    woken = SimpleNamespace(source=manager.identity, data={"payload": payload})
                    messages.append(Reply(member, task, agent.run(woken, None).content))
                case AskPerson(question):
                    messages.append(Decision(question, "approved", note))
    history = [vars(one) for one in state.history]
    return {"manager": manager.name, "state": state.end, "guards": runs._guards(history, state.recorded)}


def test_every_planted_failure_is_seen_by_its_guard_and_no_ordinary_run_is(agents):
    """With the real members, machine and events, as the checks of the flow compare them."""
    flow = found.load("patterns")
    acts = flow.acts(Run("ab" * 6, NOW))
    steps = [step for act in acts for step in act.steps]
    (decided,) = (step for step in steps if isinstance(step, PersonDecides))
    assert decided.note == compact({"eur": 4900}).replace(":", ": ")
    seen = [ended(agents, step, {"eur": 4900}) for step in steps if isinstance(step, Delivery)]
    evidence = Evidence(Run("ab" * 6, NOW), {}, lambda provider: None, lambda: seen)
    assert [check.story for check in steps if hasattr(check, "holds") and not check.holds(evidence)] == []
    rows = list(flow.tables[0].rows(evidence))
    assert [row[:4] for row in rows if row[2]] == [
        ("sequential", "a desk exceeds what its stage may say", "gate", 3),
        ("concurrent", "one desk says something else", "conflict", 4),
        ("group chat", "the maker says the same in other words", "repetition", 4),
        ("handoff", "a desk hands the task back for nothing", "revisit", 3),
        ("magentic", "nobody makes progress", "stall", 3),
    ]
    assert [figure(evidence) for figure in flow.figures.values()] == [10, 5]


def test_a_check_fails_if_its_guard_sees_nothing():
    """Or another one does, or the run ends otherwise."""
    ordinary = {"manager": "example_note", "state": "agreed", "guards": []}
    guard = {"guard": "repetition", "saw": "the same again", "steps": 4}
    check = patterns._ended("example_note")

    def holds(**planted):
        found = {"manager": "example_note", "state": "best_so_far", "guards": [guard], **planted}
        return check.holds(Evidence(Run("ab" * 6, NOW), {}, lambda provider: None, lambda: [ordinary, found]))

    assert holds()
    assert not holds(guards=[]) and not holds(state="agreed") and not holds(guards=[{**guard, "guard": "rounds"}])


def test_every_agent_of_a_flow_names_one_that_exists_and_needs_it(agents):
    """Otherwise it would never be deployed."""
    of_flows = [agent for agent in agents.values() if agent.flow]
    assert of_flows
    assert [one.name for one in of_flows if one.name not in found.load(one.flow).agents] == []
