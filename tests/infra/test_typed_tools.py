"""The types of an agent's tools: generated from the declarations, and a finding if they differ from them."""

import ast
import re
from dataclasses import replace

import pytest

from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.arguments import Flag, ListOf, Number, Object, Text
from functions.core.manifests.connector import ConnectorManifest, Operation
from hookline.operator import agent_tools
from hookline.operator.errors import OperatorError
from hookline.validation.discovery import discover
from hookline.validation.typed_tools import typed_tools
from infra.bundling import ROOT

REPLY = Operation(
    "note.reply",
    kind="effect",
    entity="acme:note/{note}",
    idempotency="natural",
    takes={
        "reply": Object({"text": Text(), "marks": ListOf(Object({"at": Number()}))}, needs=("text",)),
        "mood": Text(choices=("good", "bad")),
        "loud": Flag(),
    },
    needs=("reply",),
)
ACME = ConnectorManifest(name="acme", owner="tests", operations=[REPLY])


def agent(**use) -> AgentManifest:
    return AgentManifest(
        name="scribe",
        owner="tests",
        purpose="tests",
        subscribes=[Subscription("payment.held", ["agent.fraud"])],
        uses=[Use("acme", ["note.reply"], "tests", **use)],
    )


def test_nested_arguments_are_typed_dictionaries():
    made = typed_tools(agent(), {"acme": ACME})
    compile(made, "tools.py", "exec")
    assert "class AcmeNoteReplyReply(TypedDict, total=False):\n    text: Required[str]\n" in made
    assert "    marks: Sequence[AcmeNoteReplyReplyMarksItem]" in made
    signature = 'self, *, note: str, reply: AcmeNoteReplyReply, mood: Literal["good", "bad"] = ..., loud: bool = ...'
    assert f"def note_reply({signature}) -> Any:" in made


def test_a_destination_takes_the_place_of_the_entity():
    made = typed_tools(agent(to=["alerts"]), {"acme": ACME})
    compile(made, "tools.py", "exec")
    assert made.count("@overload") == 2
    assert 'def note_reply(self, *, to: Literal["alerts"], reply: AcmeNoteReplyReply, ' in made


def test_the_generated_file_imports_only_what_it_uses():
    tree = ast.parse(typed_tools(agent(), {"acme": ACME}))
    imported = {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported <= used


def test_a_long_name_leaves_no_line_that_is_too_long():
    made = typed_tools(replace(agent(), name="a_scribe_with_quite_a_long_name"), {"acme": ACME})
    assert ast.get_docstring(ast.parse(made)).startswith("The tools of agent a_scribe_with_quite_a_long_name.")
    assert max(map(len, made.split("\n")[:5])) <= 120


def test_the_tools_of_shipped_agents_match_their_manifests():
    project = discover()
    for name in ("fraud", "notifier"):
        made = typed_tools(project.agents[name], project.connectors)
        assert (ROOT / f"functions/agents/{name}/tools.py").read_text() == made


def test_outdated_tools_are_reported(garden):
    garden.plant_agent("planted_agent", {"tools": "class Tools: ...\n"})
    assert garden.findings() == [
        "functions/agents/planted_agent/tools.py:1: does not match the manifest: "
        "run 'hookline agents tools planted_agent'"
    ]


@pytest.mark.parametrize("tools", ["class Tools: ...\n", None], ids=["outdated", "missing"])
def test_the_command_writes_tools_that_agent_imports_already(garden, tools):
    code = {"agent": "from .tools import Tools\n\n\ndef run(event, tools: Tools):\n    return []\n"}
    garden.plant_agent("planted_agent", code | ({"tools": tools} if tools else {}))
    assert agent_tools.write("planted_agent", garden.root) == "functions/agents/planted_agent/tools.py"
    assert "class Tools(Protocol):" in (garden.root / "agents/planted_agent/tools.py").read_text()
    assert garden.findings() == []


def test_tools_of_an_agent_whose_manifest_is_wrong_are_not_written(garden):
    garden.plant_agent("planted_agent", {"tools": "class Tools: ...\n"}, publishes=["no.such"])
    with pytest.raises(OperatorError, match="no.such"):
        agent_tools.write("planted_agent", garden.root)
    assert (garden.root / "agents/planted_agent/tools.py").read_text() == "class Tools: ...\n"


@pytest.mark.parametrize(
    ("use", "finding"),
    [
        ({"operation": "thing.raed"}, "'thing.raed', which that connector does not declare .did you mean thing.read"),
        ({"connector": "planted_conector"}, "'planted_conector', which does not exist .did you mean planted_connector"),
    ],
    ids=["operation", "connector"],
)
def test_a_misspelt_use_is_a_finding_of_the_manifest_also_beside_tools(garden, use, finding):
    """The likeliest mistake, in the folder that `hookline new` writes."""
    garden.plant_agent("planted_agent", {"tools": "class Tools: ...\n"}, **use)
    (found,) = garden.findings()
    assert re.match(rf"functions/agents/planted_agent/manifest.py:\d+: uses .*{finding}", found), found
    with pytest.raises(OperatorError, match=finding):
        agent_tools.write("planted_agent", garden.root)


def test_tools_of_an_unknown_agent_are_not_written(garden):
    garden.plant_agent("planted_agent")
    with pytest.raises(OperatorError, match="no agent 'planted_agnet' .did you mean planted_agent"):
        agent_tools.write("planted_agnet", garden.root)
