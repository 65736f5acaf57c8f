"""A new agent changes nothing of the others."""

import json
from dataclasses import replace

import pytest

from functions.core.events import reviews
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from infra import naming
from infra.tags import manifest_digest
from infra.templates import alternatives, read
from tests.declared import PROJECT
from tests.infra.found import declared_project

pytestmark = pytest.mark.synth

OTHER = next(one for one in declared_project().agents.values() if not one.workflow)
FIRST = OTHER.subscribes[0]
USED = {name: one for name, one in PROJECT.connectors.items() if PROJECT.callers_of(name)}
# It subscribes to one detail type of two sources, in two subscriptions, and uses every deployed connector.
NEWCOMER = AgentManifest(
    name="newcomer",
    owner="platform",
    purpose="Come last",
    subscribes=[FIRST, Subscription(FIRST.detail_type, sources=[OTHER.identity])],
    uses=[Use(name, [c.operations[0].name], reason="to have an alias") for name, c in USED.items()],
)
STACK = "hookline-agent-newcomer"


@pytest.fixture(scope="module")
def grown(synthesize, templates):
    """The templates with one more agent; `templates` is built first, so that the two builds do not mix."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "infra.app.discover", lambda: replace(PROJECT, agents={**PROJECT.agents, NEWCOMER.name: NEWCOMER})
        )
        return synthesize()


def test_a_new_agent_brings_one_new_stack(templates, grown):
    assert set(grown) - set(templates) == {STACK}
    assert set(templates) - set(grown) == set()


def test_a_new_agent_changes_no_byte_of_other_agents_or_shared_stacks(templates, grown):
    assert [name for name in templates if grown[name] != templates[name]] == ["hookline-connectors"]


def test_a_new_agent_only_adds_its_aliases_to_the_connectors(templates, grown):
    before = json.loads(templates["hookline-connectors"])
    after = json.loads(grown["hookline-connectors"])
    added = [after["Resources"].pop(id) for id in set(after["Resources"]) - set(before["Resources"])]
    assert after == before
    assert [(alias["Type"], alias["Properties"]["Name"]) for alias in added] == [
        ("AWS::Lambda::Alias", NEWCOMER.name) for _ in NEWCOMER.uses
    ]


def test_an_agent_with_one_detail_type_of_two_sources_is_woken_by_both(grown):
    rules = [resource for resource in read(grown[STACK]) if resource.type == "AWS::Events::Rule"]
    (rule,) = (resource.properties["EventPattern"] for resource in rules)
    received = {(t, s) for one in alternatives(rule) for t in one["detail-type"] for s in one["source"]}
    decided = {(decision, reviews.SOURCE) for decision in reviews.DECISIONS}
    assert received - decided == {(h.detail_type, source) for h in NEWCOMER.subscribes for source in h.sources}


def test_a_changed_manifest_changes_the_tag_of_its_role(synthesize, templates):
    changed = replace(OTHER, budget=replace(OTHER.budget, seconds=OTHER.budget.seconds + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.app.discover", lambda: replace(PROJECT, agents={**PROJECT.agents, OTHER.name: changed}))
        after = synthesize()
    stack = naming.agent_stack(OTHER.name)
    tags = [manifest_tag(template[stack]) for template in (templates, after)]
    assert tags == [manifest_digest(OTHER), manifest_digest(changed)]
    assert tags[0] != tags[1]


def test_a_new_agents_role_has_its_name(grown):
    roles = [resource.name for resource in read(grown[STACK]) if resource.type == "AWS::IAM::Role"]
    assert roles == [naming.role(naming.agent(NEWCOMER.name), "REGION")]


def manifest_tag(template):
    (role,) = (resource for resource in read(template) if resource.type == "AWS::IAM::Role")
    return next(tag["Value"] for tag in role.properties["Tags"] if tag["Key"] == "hookline:manifest")
