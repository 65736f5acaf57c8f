"""What `hookline new agent` writes is valid, acts on each event that can wake it, and passes its own policy."""

import importlib
from dataclasses import replace
from itertools import count

import pytest

from functions.core.events import catalogue
from functions.core.gate.arguments import check_arguments
from functions.core.gate.authority import entity_of
from functions.core.gate.policy import Policy
from functions.core.platform.errors import HooklineError
from functions.core.runtime.outcomes import Emit
from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.agent import AgentOptions, event_types, new_agent, publishable, publishers
from hookline.scaffold.calls import SHORT, matches
from hookline.scaffold.entities import named_by
from hookline.validation.discovery import discover

ACTED_ON = [
    "change.proposed",
    "payment.held",
    "payment.succeeded",
    "payment.disputed",
    "ticket.created",
    "lead.captured",
]
MOST_EVENTS = 3  # for each operation
TO_SLACK = {"uses": ["slack:message.post"], "to": ["alerts"]}
ARGUMENTS = """\
ODD = Object({"words": ListOf(Text(longest=9)), "flag": Flag(), "none": Number()}, needs=["words", "flag"])
TAKES = {"few": Number(highest=-3), "many": Number(lowest=7), "loud": Flag(), "word": Text(choices=("a", "b"))}
MANIFEST = ConnectorManifest(
    name="planted_odd",
    owner="tests",
    operations=[
        Operation(
            "thing.do",
            kind="effect",
            entity="planted:thing/{thing}",
            takes={**TAKES, "odd": ODD, "short": Text(longest=5), "empty": Object({}), "unused": Text()},
            needs=[*TAKES, "odd", "short", "empty"],
            idempotency="natural",
        ),
        Operation("other.do", kind="effect", entity="planted:other/{other}", idempotency="natural"),
    ],
)"""


@pytest.fixture(scope="session")
def shipped():
    """Everything that is declared in the project."""
    return discover()


class Tools:
    """Keeps each call, after the checks that its connector makes: arguments, policy, and the entity that it acts on."""

    def __init__(self, declared, connectors, policy):
        self._declared, self._connectors, self._policy = declared, connectors, policy
        self.calls = []

    def __getattr__(self, connector):
        return Of(self, connector)

    def call(self, connector, method, given):
        operation = next(one for one in self._connectors[connector].operations if one.name.replace(".", "_") == method)
        use = self._declared.use_of(connector, operation.name)
        destination = given.pop("to", "")
        if destination:
            assert destination in use.to
            given |= dict.fromkeys(operation.parameters, "EXAMPLE")
        check_arguments(operation, given)
        entity = entity_of(operation, given)
        answer = self._policy.decide(self._declared.name, connector, operation, entity, given, destination)
        self.calls.append((connector, operation, given, destination, entity, answer))
        return {}


class Of:
    def __init__(self, tools, connector):
        self._tools, self._connector = tools, connector

    def __getattr__(self, method):
        return lambda **given: self._tools.call(self._connector, method, given)


@pytest.fixture
def agents(project, write_all, shipped):
    """Writes an agent for each set of options, against everything that is declared; returns their names."""
    numbers = count()

    def write(*options, on=shipped):
        made = [(f"planted_{next(numbers)}", one) for one in options]
        write_all([new_agent(AgentOptions(name, **one), on) for name, one in made])
        return [name for name, _ in made]

    return write


@pytest.fixture
def woken(project, shipped, make_event):
    """Wakes an agent with each event that it subscribes to, once for each recording; returns the calls and outcomes."""

    def wake(name, on=shipped):
        manifest = importlib.import_module(f"functions.agents.{name}.manifest").MANIFEST
        run = importlib.import_module(f"functions.agents.{name}.agent").run
        file = project.root / "agents" / name / "policy.cedar"
        policy = Policy(file.read_text()) if file.is_file() else None
        found = []
        for one in manifest.subscribes:
            named = named_by(on, one.detail_type, one.sources)
            example = catalogue.model_of(one.detail_type).example
            recorded = [(each.data or example, each.entities, each.subject) for each in named] or [(example, (), "")]
            for data, entities, subject in recorded:
                tools = Tools(manifest, on.connectors, policy)
                event = replace(
                    make_event(),
                    type=one.detail_type,
                    source=one.sources[0],
                    data=catalogue.check(one.detail_type, data),
                    entities=list(entities),
                    subject=subject,
                )
                outcome = run(event, tools)
                found.append((event, tools.calls, outcome if isinstance(outcome, list) else [outcome]))
        assert found
        return found

    return wake


def test_an_agent_of_each_event_posts_what_happened(project, agents, woken, shipped):
    """Of unmapped ones too, by a raw type."""
    types = event_types(shipped)
    assert {"change.proposed", "payment.held", "review.opened", "github.unmapped"} <= set(types)
    raw = {name: {"raw": ["some.type"]} for name in types if name.endswith(".unmapped")}
    raw["standard_webhooks.unmapped"] = {"raw": ["plain"]}  # it translates what has a dot
    names = agents(*({"subscribes": [name], **TO_SLACK, **raw.get(name, {})} for name in types))
    assert project.findings() == []
    for name, detail_type in zip(names, types, strict=True):
        for _, calls, _ in woken(name):
            ((_, operation, given, destination, _, answer),) = calls
            assert (operation.name, destination, answer.answer) == ("message.post", "alerts", "permit")
            assert given["text"].startswith(f"{detail_type}: ") and len(given["text"]) <= SHORT


def test_an_agent_acts_on_what_its_event_names(project, agents, woken, shipped):
    """Each operation of each connector, with events whose recordings name what it acts on."""
    named = {one: named_by(shipped, one, publishers(shipped, one)) for one in ACTED_ON}
    pairs = [
        {"subscribes": [event], "uses": [f"{name}:{operation.name}"]}
        for name, connector in shipped.connectors.items()
        for operation in connector.operations
        for event in [one for one in named if any(matches(operation, each) for each in named[one])][:MOST_EVENTS]
    ]
    assert {"subscribes": ["payment.held"], "uses": ["stripe:refund.create"]} in pairs
    assert {"subscribes": ["change.proposed"], "uses": ["context:timeline.read"]} in pairs
    names = agents(*pairs)
    assert project.findings() == []
    for name in names:
        runs = woken(name)
        assert any(calls for _, calls, _ in runs)
        for event, calls, _ in runs:
            for *_, entity, answer in calls:
                assert entity in event.entities or event.source.startswith("agent.")
                assert answer.answer in ("permit", "ask")


def test_a_person_decides_on_what_moves_money_or_has_a_state(agents, woken):
    name, *_ = agents({"subscribes": ["payment.succeeded"], "uses": ["stripe:refund.create", "stripe:refund.list"]})
    answers = {operation.name: answer.answer for _, calls, _ in woken(name) for _, operation, *_, answer in calls}
    assert answers == {"refund.create": "ask", "refund.list": "permit"}


def test_an_agent_publishes_data_that_each_event_takes(project, agents, woken):
    options = [{"subscribes": ["payment.failed"], "publishes": [name]} for name in publishable()]
    names = agents(*options, {"subscribes": ["payment.failed"], "publishes": publishable()[:3], **TO_SLACK})
    assert project.findings() == []
    for name in names:
        for _, _, outcomes in woken(name):
            assert all(isinstance(one, Emit) for one in outcomes)
            assert [catalogue.check(one.type, one.data) for one in outcomes]


def test_fields_of_the_same_type_are_passed_on(agents, woken):
    (name,) = agents({"subscribes": ["payment.failed"], "publishes": ["payment.refunded"]})
    for event, _, (outcome,) in woken(name):
        assert outcome.data["charge"] == event.data["charge"]
        assert outcome.data["amount"] == event.data["amount"]
        assert outcome.data["refunded"] == 1200  # of the example


def test_several_events_and_uses_stand_in_one_agent(project, agents, woken):
    """Each call is made for the events that name what it acts on."""
    events = {"subscribes": ["payment.succeeded", "payment.held", "github.unmapped"], "raw": ["issues.opened"]}
    uses = ["slack:message.post", "stripe:review.approve", "stripe:charge.retrieve", "context:timeline.read"]
    (name,) = agents({**events, "uses": uses, "to": ["alerts", "more"]})
    assert project.findings() == []
    made = {event.type: {operation.name for _, operation, *_ in calls} for event, calls, _ in woken(name)}
    assert made["github.unmapped"] == {"message.post"}
    assert made["payment.held"] == {"message.post", "charge.retrieve", "timeline.read"}
    assert "message.post" in made["payment.succeeded"]


def test_arguments_of_each_kind_get_a_value_that_is_accepted_and_marked(project, agents, woken, shipped):
    project.plant("connectors", "planted_odd", ARGUMENTS)
    importlib.invalidate_caches()
    on = discover(project.root)
    (name,) = agents({"subscribes": ["change.proposed"], "uses": ["planted_odd:thing.do"], "to": ["there"]}, on=on)
    assert project.findings() == []
    for _, calls, _ in woken(name, on):
        ((_, _, given, *_),) = calls
        assert len(given["short"]) == 5
        assert "unused" not in given
    code = (project.root / "agents" / name / "agent.py").read_text()
    assert code.count("# A first value: put your own here.") == 6


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"subscribes": []}, "give --subscribes EVENT"),
        ({"subscribes": ["approval.required"]}, "docs/reviews.md say who gets it"),
        ({"subscribes": ["task.assigned"]}, "docs/workflows.md and docs/reviews.md say"),
        ({"subscribes": ["github.unmapped"]}, "with --raw"),
        ({"subscribes": ["github.unmapped"], "raw": ["pull_request.opened"]}, "subscribe to change.proposed instead"),
        ({"subscribes": ["github.unmapped"], "raw": ["a\nb"]}, "--raw"),
        ({"subscribes": ["change.proposed"], "raw": ["issues.opened"]}, "goes? with|give one --subscribes"),
        ({"subscribes": ["change.proposed"], "uses": ["slack"]}, "CONNECTOR:OPERATION"),
        ({"subscribes": ["change.proposed"], "uses": ["slack:message.post"]}, "add --to NAME"),
        ({"subscribes": ["change.proposed"], "uses": ["stripe:refund.create"]}, "payment.succeeded"),
        ({"subscribes": ["change.proposed"], "to": ["alerts"]}, "goes with --uses"),
        ({"subscribes": ["change.proposed"], **TO_SLACK, "to": ["stripe:alerts"]}, "goes with --uses stripe"),
        ({"subscribes": ["change.proposed"], **TO_SLACK, "to": ["A lert"]}, "destination name"),
        ({"subscribes": ["change.proposed"], "purpose": "a\nb"}, "purpose"),
    ],
)
def test_options_that_do_not_fit_say_what_to_do_in_a_line(shipped, options, says):
    with pytest.raises((OperatorError, HooklineError), match=says) as refused:
        new_agent(AgentOptions("planted", **options), shipped)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "near"),
    [
        ({"subscribes": ["change.propsed"]}, "change.proposed"),
        ({"subscribes": ["githb.unmapped"]}, "github.unmapped"),
        ({"subscribes": ["change.proposed"], "uses": ["slac:message.post"]}, "slack"),
        ({"subscribes": ["change.proposed"], "uses": ["slack:mesage.post"]}, "message.post"),
        ({"subscribes": ["change.proposed"], "publishes": ["payment.helt"]}, "payment.held"),
        ({"subscribes": ["change.proposed"], "publishes": ["review.approvd"]}, "payment.approved"),
    ],
)
def test_an_unknown_name_gets_the_nearest(shipped, options, near):
    with pytest.raises(UnknownName, match=f"did you mean {near}"):
        new_agent(AgentOptions("planted", **options), shipped)


def test_a_destination_for_one_of_two_uses_names_its_connector(project, agents):
    """So that no name is bound to an entity of the wrong provider."""
    project.plant("connectors", "planted_odd", ARGUMENTS)
    importlib.invalidate_caches()
    on = discover(project.root)
    both = {"subscribes": ["change.proposed"], "uses": ["slack:message.post", "planted_odd:thing.do"]}
    with pytest.raises(OperatorError, match="Write --to planted_odd:x or --to slack:x"):
        new_agent(AgentOptions("planted", **both, to=["x"]), on)
    (name,) = agents({**both, "to": ["slack:alerts", "planted_odd:there"]}, on=on)
    manifest = importlib.import_module(f"functions.agents.{name}.manifest").MANIFEST
    assert {use.connector: list(use.to) for use in manifest.uses} == {"slack": ["alerts"], "planted_odd": ["there"]}
    assert project.findings() == []
