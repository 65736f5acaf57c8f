"""A garden in which a source translates, and an agent that can act; and what a check finds in it."""

import json

from functions.core.events.catalogue import model_of
from hookline.operator.check import Place, check
from tests.infra.garden import SOURCE

AGENT_AT = "functions/agents/planted_agent/manifest.py"
CODE_AT = "functions/agents/planted_agent/agent.py"
POLICY_AT = "functions/agents/planted_agent/policy.cedar"
PROVIDER = "functions/providers/planted_source"
EXAMPLE = dict(model_of("payment.succeeded").example)
TRANSLATES = """\
    translates={"thing.made": "payment.succeeded", "thing.kept": "payment.held"},
    pings=["ping"],
    address_check="a ping",
    names={"thing": "what the delivery is about"},
)"""
TRANSLATE = """\
from functions.api.source import RawEvent, Translation


def translate(raw_event: RawEvent) -> Translation | None:
    if raw_event.raw_type != "thing.made":
        return None
    about = f"planted_source:thing/{raw_event.body['id']}"
    return Translation("payment.succeeded", about, [about], raw_event.body["data"])
"""
MADE = {"type": "thing.made", "id": "1Example", "data": EXAMPLE}
OPERATIONS = """\
MANIFEST = ConnectorManifest(name="planted_connector", owner="tests", operations=[
    Operation("thing.read", kind="read", entity="planted_source:thing/{thing}"),
    Operation("box.read", kind="read", entity="planted_source:box/{box}"),
    Operation("other.read", kind="read", entity="{entity}"),
])"""


def sow(garden):
    source = SOURCE.format(name="planted_source").replace("    address_check=None,\n)", TRANSLATES)
    garden.plant("sources", "planted_source", source, translate=TRANSLATE)
    garden.plant("connectors", "planted_connector", OPERATIONS)
    fixture(garden, "thing_made__ordinary", MADE)
    garden.plant_agent("planted_agent", publishes=[])
    (garden.root / "cdk.json").write_text("{}")
    return garden


def fixture(garden, name, body):
    folder = garden.root / "providers/planted_source/fixtures"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(body))


def place(garden):
    return Place(garden.root, garden.root, garden.root / "state")


def checked(garden, *names, **options):
    return check(names, place=place(garden), **options)


def found(garden, *names, **options):
    return [str(one) for one in checked(garden, *names, **options).findings]


def warned(garden, **options):
    return [str(one) for one in checked(garden, **options).warnings]


def edit(garden, file, old, new):
    path = garden.root / file.removeprefix("functions/")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
