"""Discovery reports all findings together, each with its file and line."""

import pytest

from functions.core.events.catalogue import events
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import discover
from tests.infra.garden import AGENT, CONNECTOR, FOLDERS, GOOD, NEEDED, SOURCE

MANIFEST_AT = 4  # the line of "MANIFEST =" in a planted manifest
AGENT_AT = "functions/agents/planted_agent/manifest.py"


def test_a_folder_is_a_plugin_of_the_same_name(garden):
    garden.plant_agent("planted_agent")
    project = discover(garden.root)
    assert (list(project.agents), list(project.sources), list(project.connectors)) == (
        ["planted_agent"],
        ["planted_source"],
        ["planted_connector", "claims", "context"],  # and the engine's own
    )


def test_a_source_without_subscribers_is_deployed_only_if_it_is_named(garden):
    garden.plant_agent("planted_agent")
    garden.plant("sources", "planted_unused", SOURCE.format(name="planted_unused"))
    project = discover(garden.root)
    assert [source.name for source in project.deployed_sources()] == ["planted_source"]
    named = [source.name for source in project.deployed_sources(["planted_unused"])]
    assert named == ["planted_source", "planted_unused"]


def test_a_named_source_that_does_not_exist_is_an_error(garden):
    with pytest.raises(ManifestError) as refused:
        discover(garden.root).deployed_sources(["planted_sourec"])
    assert str(refused.value) == "there is no source 'planted_sourec' (did you mean planted_source?)"


def test_the_project_itself_has_no_findings():
    project = discover()
    assert project.agents and project.sources and project.connectors


@pytest.mark.parametrize(
    ("kind", "file"),
    [(kind, file) for kind, files in NEEDED.items() for file in files if file not in ("source.py", "connector.py")],
)
def test_a_missing_file_is_named(garden, kind, file):
    manifests = {"agents": AGENT, "sources": SOURCE, "connectors": CONNECTOR}
    garden.plant(kind, "planted_half", manifests[kind].format(name="planted_half", **GOOD), without=file)
    folder = FOLDERS[kind]
    holds = {"agents": "__init__.py, manifest.py", "providers": "__init__.py"}[folder]
    why = "the manifest beside it needs it" if file == "agent.py" else f"a folder of {folder} holds {holds}"
    at = f"functions/{folder}/planted_half/{file}:1: is missing: {why} ("
    assert [finding for finding in garden.findings() if finding.startswith(at)]


def test_seconds_that_do_not_fit_into_lambdas_timeout_are_reported_with_the_limit(garden):
    connector = CONNECTOR.format(name="planted_slow").replace('owner="tests"', 'owner="tests", seconds=891')
    garden.plant("connectors", "planted_slow", connector)
    garden.plant_agent("planted_agent")
    manifest = garden.root / "agents/planted_agent/manifest.py"
    manifest.write_text(manifest.read_text().replace("    owner=", "    budget=Budget(seconds=895),\n    owner="))
    found = "\n".join(garden.findings())
    assert "functions/providers/planted_slow/connector.py:" in found
    assert "connector 'planted_slow' seconds 891: a whole number from 1 to 890" in found
    assert f"{AGENT_AT}:" in found and "budget seconds 895: a whole number from 1 to 890" in found


def test_a_provider_with_neither_a_source_nor_a_connector_is_reported_once(garden):
    garden.plant("sources", "planted_half", "", without="source.py")
    (finding,) = garden.findings()
    at = "functions/providers/planted_half/source.py:1:"
    assert finding.startswith(f"{at} is missing, and so is connector.py: a provider has one or both (")


def test_a_provider_may_have_a_source_and_a_connector(garden):
    garden.plant("connectors", "planted_source", CONNECTOR.format(name="planted_source"))
    project = discover(garden.root)
    assert "planted_source" in project.sources and "planted_source" in project.connectors


def test_a_connector_with_the_name_of_one_of_the_engines_is_reported(garden):
    """No agent could call it: the name stands for the engine's."""
    garden.plant("connectors", "context", CONNECTOR.format(name="context"))
    assert garden.findings() == [
        "functions/providers/context/connector.py:1: the engine has a connector 'context' of its own: "
        "give the folder another name"
    ]


def test_a_folder_with_nothing_but_bytecode_is_not_a_plugin(garden):
    (garden.root / "agents/planted_gone/__pycache__").mkdir(parents=True)
    assert garden.findings() == []


def test_a_name_that_differs_from_the_folders_is_reported_beside_other_findings(garden):
    garden.plant_agent("planted_agent", name="planted_other", publishes=["payment.held", "payment.imagined"])
    assert [finding.partition(", which")[0] for finding in garden.findings()] == [
        f"{AGENT_AT}:5: is named 'planted_other', its folder 'planted_agent'",
        f"{AGENT_AT}:9: publishes 'payment.imagined'",
    ]


def test_a_folder_with_an_invalid_name_is_reported(garden):
    garden.plant("sources", "planted-bad", SOURCE.format(name="planted_bad"))
    (finding,) = garden.findings()
    assert finding.startswith("functions/providers/planted-bad/__init__.py:1: folder name 'planted-bad': use 1 to 31 ")


@pytest.mark.parametrize(
    ("manifest", "line", "said"),
    [
        (
            "import planted_nowhere",
            4,
            "imports planted_nowhere: source.py may import only the standard library and functions.api.source",
        ),
        ("\nMANIFEST = (", 5, "SyntaxError: '(' was never closed"),
        ("\nif True:\nMANIFEST = 1", 6, "IndentationError: expected an indented block after 'if' statement on line 5"),
        ("MANIFEST = '\0'", 1, "SyntaxError: source code string cannot contain null bytes"),
        ("return", 4, "SyntaxError: 'return' outside function"),
        ("MANIFEST = 1 / 0", 4, "ZeroDivisionError: division by zero"),
        ("raise SystemExit(2)", 4, "SystemExit: 2"),
        ("", 1, "has no MANIFEST"),
        ("\nMANIFEST = None", 5, "MANIFEST is not of the class SourceManifest"),
        ("\nMANIFEST = SorceManifest()", 5, "'SorceManifest' is not defined (did you mean SourceManifest?)"),
        (
            "MANIFEST = SourceManifest(\n    name='planted_broken',\n)",
            4,
            "SourceManifest needs 'owner', 'documents', 'secret', 'signature', 'reading', 'largest_body', and "
            "'address_check'",
        ),
        ("MANIFEST = 1 + len(Reading)", 4, "TypeError: object of type 'type' has no len()"),
    ],
)
def test_an_unreadable_manifest_is_reported_with_line_and_reason(garden, manifest, line, said):
    garden.plant("sources", "planted_broken", manifest)
    (finding,) = garden.findings()
    assert finding.startswith(f"functions/providers/planted_broken/source.py:{line}: {said}")


def test_an_unknown_argument_is_reported_with_the_one_that_is_meant(garden):
    manifest = SOURCE.format(name="planted_broken").replace("identity=", "identiy=")
    garden.plant("sources", "planted_broken", manifest)
    assert garden.findings() == [
        "functions/providers/planted_broken/source.py:10: Reading has no 'identiy' (did you mean identity?); known: "
        "type, identity, tenant, time, items, form"
    ]


def test_a_bad_value_is_reported_with_the_line_of_its_call(garden):
    garden.plant_agent("planted_agent", subscribes="Payment")
    assert garden.findings() == [
        f"{AGENT_AT}:8: subscription to 'Payment': a detail type looks like 'payment.succeeded'"
    ]


def test_a_finding_in_the_folders_init_is_reported_there(garden):
    garden.plant("sources", "planted_broken", SOURCE.format(name="planted_broken"), __init__="X = 1\n1 / 0\n")
    assert garden.findings() == [
        "functions/providers/planted_broken/__init__.py:2: ZeroDivisionError: division by zero"
    ]


TYPES = ", ".join(name for name in events() if name != "unmapped")
CATALOGUE = f"(known: {TYPES}, planted_source.unmapped)"
PUBLISHERS = "(known: review.service, webhook.planted_source, agent.planted_agent)"


@pytest.mark.parametrize(
    ("changed", "line", "said"),
    [
        ({"subscribes": "zz.zz"}, 8, f"subscribes to 'zz.zz', which is not a domain event {CATALOGUE}"),
        (
            {"subscribes": "payment.suceeded"},
            8,
            "subscribes to 'payment.suceeded', which is not a domain event (did you mean payment.succeeded?)",
        ),
        (
            {"subscribes": "source.unmapped", "raw": ["thing.made"]},
            8,
            "subscribes to 'source.unmapped', which is not a domain event (did you mean planted_source.unmapped?)",
        ),
        ({"source": "webhook.x"}, 8, f"subscribes to events of 'webhook.x', which does not exist {PUBLISHERS}"),
        (
            {"source": "review.dsk"},
            8,
            "subscribes to events of 'review.dsk', which does not exist (did you mean review.service?)",
        ),
        (
            {"publishes": ["payment.helt"]},
            9,
            "publishes 'payment.helt', which is not a domain event (did you mean payment.held?)",
        ),
        (
            {"publishes": ["task.assigned"]},
            9,
            "publishes 'task.assigned', which no manifest declares: Hookline publishes it for an outcome",
        ),
        (
            {"connector": "zz"},
            10,
            "uses connector 'zz', which does not exist (known: planted_connector, claims, context)",
        ),
        (
            {"connector": "planted_conector"},
            10,
            "uses connector 'planted_conector', which does not exist (did you mean planted_connector?)",
        ),
        (
            {"operation": "thing.reed"},
            10,
            "uses planted_connector 'thing.reed', which that connector does not declare (did you mean thing.read?)",
        ),
    ],
)
def test_an_unknown_name_in_an_agent_is_reported_with_line_and_known_names(garden, changed, line, said):
    garden.plant_agent("planted_agent", **changed)
    assert garden.findings() == [f"{AGENT_AT}:{line}: {said}"]


EFFECT = """\
MANIFEST = ConnectorManifest(name="planted_second", owner="tests", operations=[
    Operation("thing.read", kind="read", entity="planted:thing/{thing}"),
    Operation(
        "thing.close",
        kind="effect",
        entity="planted:thing/{thing}",
        idempotency="natural",
        read_back=ReadBack("thing.read", proof={"open": False}),
        state=State("thing.read", fields=["open"]),
    ),
])"""


def test_an_effects_state_is_a_read_that_the_agent_must_declare_too(garden):
    """The agent is given what it reads."""
    garden.plant("connectors", "planted_second", EFFECT)
    garden.plant_agent("planted_agent", connector="planted_second", operation="thing.close")
    assert garden.findings() == [
        f"{AGENT_AT}:10: uses planted_second 'thing.close', and people review its state before: use 'thing.read' too"
    ]


def test_a_subscription_to_what_an_agent_never_publishes_is_reported(garden):
    garden.plant_agent("planted_agent")
    garden.plant_agent("planted_second", source="agent.planted_agent")
    assert garden.findings() == [
        "functions/agents/planted_second/manifest.py:8: subscribes to 'payment.succeeded' from 'agent.planted_agent', "
        "which does not publish it (did you mean payment.held?)"
    ]


@pytest.mark.parametrize("detail_type", ["payment.held", "approval.required"])
def test_an_agent_may_subscribe_to_what_another_publishes(garden, detail_type):
    garden.plant_agent("planted_agent")
    garden.plant_agent("planted_second", subscribes=detail_type, source="agent.planted_agent")
    assert garden.findings() == []


def test_the_line_is_that_of_the_wrong_use_or_subscription_and_no_other(garden):
    garden.plant("connectors", "planted_second", CONNECTOR.format(name="planted_second").replace("g.read", "g.list"))
    uses = """uses=[
        Use("planted_connector", ["thing.read"], reason="it has that"),
        Use("planted_second", [
            "thing.list",
            "thing.read",
        ], reason="it has not"),
    ],
"""
    garden.plant_agent("planted_agent")
    place = garden.root / "agents/planted_agent/manifest.py"
    text = place.read_text()
    place.write_text(text[: text.index("uses=")] + uses + ")")
    (finding,) = garden.findings()
    assert finding.startswith(f"{AGENT_AT}:14: uses planted_second 'thing.read'")


def test_an_unknown_detail_type_is_reported_at_publishes_not_at_its_first_mention(garden):
    garden.plant_agent("planted_agent", publishes=["payment.imagined"])
    place = garden.root / "agents/planted_agent/manifest.py"
    place.write_text(place.read_text().replace("Be found", "payment.imagined"))
    (finding,) = garden.findings()
    assert finding.startswith(f"{AGENT_AT}:9: publishes 'payment.imagined'")


def test_a_computed_name_is_reported_at_the_manifests_assignment(garden):
    garden.plant_agent("planted_agent", publishes=["payment.held"])
    place = garden.root / "agents/planted_agent/manifest.py"
    place.write_text(place.read_text().replace("['payment.held']", "['payment.' + 'imagined']"))
    (finding,) = garden.findings()
    assert finding.startswith(f"{AGENT_AT}:{MANIFEST_AT}: publishes 'payment.imagined'")


def test_an_agent_that_uses_a_connector_needs_a_policy(garden):
    garden.plant("agents", "planted_agent", AGENT.format(name="planted_agent", **GOOD))
    assert garden.findings() == [
        "functions/agents/planted_agent/policy.cedar:1: is missing, so planted_connector would deny every call: "
        "write one (docs/policies.md)"
    ]


def test_an_agent_that_uses_no_connector_needs_no_policy(garden):
    garden.plant("agents", "planted_agent", AGENT.replace("uses=", "uses=[] and ").format(name="planted_agent", **GOOD))
    assert garden.findings() == []


@pytest.mark.parametrize("entity", ["planted:big-thing/{thing}", "{kind}:thing/{thing}", "thing {thing}"])
def test_an_entity_that_no_policy_could_name_is_reported(garden, entity):
    manifest = CONNECTOR.format(name="planted_odd").replace("planted:thing/{thing}", entity)
    garden.plant("connectors", "planted_odd", manifest)
    garden.plant_agent("planted_agent", connector="planted_odd")
    assert garden.findings() == [
        f"functions/providers/planted_odd/connector.py:5: entity {entity!r} of 'thing.read': a policy cannot name it; "
        "write it like 'stripe:charge/{charge}' or '{entity}'"
    ]


def test_a_connector_with_a_name_that_cedar_reserves_is_reported(garden):
    manifest = CONNECTOR.format(name="planted_odd").replace("planted:thing", "planted:in")
    garden.plant("connectors", "planted_odd", manifest)
    (finding,) = garden.findings()
    assert finding.startswith("functions/providers/planted_odd/connector.py:4: Cedar does not accept its names: ")


def test_an_agent_may_subscribe_to_raw_types_that_a_source_does_not_translate(garden):
    garden.plant_agent("planted_agent", subscribes="planted_source.unmapped", raw=["thing.made"])
    assert garden.findings() == []


def test_all_findings_are_reported_together_sorted_by_file_and_line(garden):
    garden.plant("agents", "planted_half", "", agent="def walk(event, tools): ...\n")
    garden.plant("connectors", "planted_misnamed", CONNECTOR.format(name="planted_other"))
    garden.plant("sources", "planted_bad", SOURCE.format(name="Planted Bad"))
    garden.plant("sources", "planted_broken", "import planted_nowhere")
    garden.plant_agent(
        "planted_dreamer", subscribes="payment.imagined", source="webhook.nobody", operation="thing.break"
    )
    dreamer = "functions/agents/planted_dreamer/manifest.py"
    assert [finding.partition(": ")[0] for finding in garden.findings()] == [
        *[f"{dreamer}:8"] * 2,
        f"{dreamer}:10",
        "functions/agents/planted_half/agent.py:1",
        "functions/agents/planted_half/manifest.py:1",
        "functions/providers/planted_bad/source.py:5",
        "functions/providers/planted_broken/source.py:4",
        "functions/providers/planted_misnamed/connector.py:5",
    ]


def test_a_broken_plugin_is_reported_once_and_not_where_others_name_it(garden):
    garden.plant("sources", "planted_broken", "raise RuntimeError('broken')")
    garden.plant("connectors", "planted_shaky", "raise RuntimeError('shaky')")
    garden.plant_agent("planted_agent", source="webhook.planted_broken", connector="planted_shaky")
    assert garden.findings() == [
        "functions/providers/planted_broken/source.py:4: RuntimeError: broken",
        "functions/providers/planted_shaky/connector.py:4: RuntimeError: shaky",
    ]


def test_a_source_translates_to_domain_events_only(garden):
    text = """translates={
        "charge.failed": "payment.failed",
        "charge.lost": ["payment.failed", "payment.succeded"],
        "charge.moved": "planted_source.unmapped",
        "charge.asked": "review.approved",
    },
    signature="""
    garden.plant("sources", "planted_source", SOURCE.format(name="planted_source").replace("signature=", text))
    first, second, third = garden.findings()
    at = "functions/providers/planted_source/source.py"
    assert first == (
        f"{at}:11: translates 'charge.lost' to 'payment.succeded', which is not a domain event "
        "(did you mean payment.succeeded?)"
    )
    assert second.startswith(f"{at}:12: translates 'charge.moved' to 'planted_source.unmapped', which is not a domain")
    assert third == f"{at}:13: translates 'charge.asked' to 'review.approved', which Hookline alone publishes"


def test_a_source_without_a_signature_scheme_is_reported(garden):
    unsigned = SOURCE.format(name="planted_unsigned").replace("    signature=HTTP_BASIC,\n", "")
    garden.plant("sources", "planted_unsigned", unsigned)
    assert garden.findings() == ["functions/providers/planted_unsigned/source.py:4: SourceManifest needs 'signature'"]
