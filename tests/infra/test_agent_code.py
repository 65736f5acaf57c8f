"""A name in an agent's code that its manifest does not declare is reported before the agent is deployed."""

import pytest

HERE = "functions/agents/planted_agent"


@pytest.fixture
def findings_in(garden):
    """Returns the findings in an agent with these lines in its run; they start on line 2."""

    def plant(*lines, also=""):
        code = "\n".join(["def run(event, tools):", *(f"    {line}" for line in lines), "    return ()", also])
        garden.plant_agent("planted_agent", {"agent": code})
        return [finding.removeprefix(f"{HERE}/agent.py:") for finding in garden.findings()]

    return plant


C = "planted_connector"
CALL = f"tools.{C}.thing_read"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "tools.planted_conector",
            f"calls tools.planted_conector, which the manifest does not use (did you mean {C}?)",
        ),
        ("tools.zz.read(thing=1)", f"calls tools.zz, which the manifest does not use (known: {C})"),
        (
            f"tools.{C}.thing_reed",
            f"calls tools.{C}.thing_reed, which the manifest does not declare (did you mean thing_read?)",
        ),
        (f"{CALL}('1')", f"{CALL} takes keyword arguments only: thing=…"),
        (f"{CALL}()", f"{CALL} needs thing=…"),
        (f"{CALL}(thing='1', id=2)", f"{CALL} does not take 'id' (known: thing)"),
        (
            "Emit('payment.helt', {})",
            "emits 'payment.helt', which the manifest does not publish (did you mean payment.held?)",
        ),
        ("Action('zz', 'thing.read', {})", f"acts on 'zz', which the manifest does not use (known: {C})"),
        (
            f"Action('{C}', 'thing.reed', {{}})",
            f"performs {C} 'thing.reed', which the manifest does not declare (did you mean thing.read?)",
        ),
    ],
)
def test_what_the_manifest_does_not_declare_is_reported_with_its_line(findings_in, line, expected):
    assert findings_in("event.data", line) == [f"3: {expected}"]


@pytest.mark.parametrize(
    "line",
    [
        "tools.planted_connector.thing_read(thing='1')",
        "tools.planted_connector.thing_read(**event.data)",
        "tools.budget.winding_down, tools.perform, tools.propose",
        "Emit('payment.held', {})",
        "Emit(event.type, {})",
        "Action('planted_connector', 'thing.read', {})",
        "Action(event.type, event.type, {})",
    ],
)
def test_what_the_manifest_declares_or_the_code_does_not_show_is_not_reported(findings_in, line):
    assert findings_in(line) == []


def test_a_module_named_tools_is_not_the_agents_tools(findings_in):
    assert findings_in("tools.anything.at_all()", also="import math as tools") == []


def test_every_file_of_the_agent_is_checked(garden):
    garden.plant_agent("planted_agent", {"other": "def look(tools):\n    return tools.nothing\n"})
    assert garden.findings() == [
        f"{HERE}/other.py:2: calls tools.nothing, which the manifest does not use (known: planted_connector)"
    ]


def test_arguments_for_an_unreadable_connector_are_not_checked(garden):
    garden.plant("connectors", "planted_shaky", "raise RuntimeError('shaky')")
    code = "def run(event, tools):\n    return tools.planted_shaky.thing_read(1)\n"
    garden.plant_agent("planted_agent", {"agent": code}, connector="planted_shaky")
    assert garden.findings() == ["functions/providers/planted_shaky/connector.py:4: RuntimeError: shaky"]
