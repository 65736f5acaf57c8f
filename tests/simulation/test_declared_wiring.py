"""The wiring from manifests alone is that of the synthesized templates."""

import json
from dataclasses import replace

import pytest

from functions.core.platform.environment import VerifierEnvironment
from hookline.simulation import declared
from hookline.simulation.wiring import Wiring
from infra.templates import Deployed
from tests.declared import PROJECT

pytestmark = pytest.mark.synth

# What a verifier is told of where it is deployed; the declared one is that of the local stack.
OF_THE_PLACE = ("public_url", "addresses", "expected", "mode")


@pytest.fixture(scope="module")
def deployed(synthesize) -> Wiring:
    return Wiring.of(Deployed.of(synthesize()))


@pytest.fixture(scope="module", params=sorted(PROJECT.agents))
def own(request, deployed) -> Wiring:
    """The declared wiring of each agent, with the destinations that were bound for the synthesis."""
    project = PROJECT
    agent = project.agents[request.param]
    bound = {
        name: entity
        for function in deployed.functions
        for name, entity in json.loads(function.environment.get("HOOKLINE_DESTINATIONS", "{}")).items()
        if name in agent.destinations
    }
    connectors = [project.connectors[name] for name in agent.connectors]
    tenants = {
        function.environment["HOOKLINE_CONNECTOR"]: json.loads(function.environment["HOOKLINE_TENANT"])
        for function in deployed.functions
        if function.environment.get("HOOKLINE_TENANT")
    }
    return declared.wiring([agent], connectors, list(project.sources.values()), bound, tenants)


def test_its_queues_mappings_and_rules_are_deployed_like_that(own, deployed):
    assert own.queues and own.mappings and own.rules
    for kind in ("queues", "rules"):
        assert [one for one in getattr(own, kind) if one not in getattr(deployed, kind)] == []
    assert [one for one in own.mappings if one not in deployed.mappings] == []


def test_its_tables_are_deployed_like_that(own, deployed):
    made = {table["TableName"]: _sorted(table) for table in deployed.tables}
    assert {table["TableName"]: _sorted(table) for table in own.tables}.items() <= made.items()


def test_its_functions_are_deployed_like_that(own, deployed):
    """A connector has an alias for each agent that uses it, and the destinations of all of them."""
    made = {one.name: one for one in deployed.functions}
    assert len(own.functions) > 20
    for function in own.functions:
        other = made[function.name]
        assert function.aliases <= other.aliases
        assert _compared(function) == replace(_compared(other), aliases=function.aliases)


def _compared(function):
    hidden = {f"HOOKLINE_{name.upper()}" for name in OF_THE_PLACE}
    hidden |= {"HOOKLINE_DESTINATIONS", "HOOKLINE_ANNOUNCES"}
    if "HOOKLINE_SOURCE" in function.environment:
        VerifierEnvironment.read(function.environment)
    kept = {name: value for name, value in function.environment.items() if name not in hidden}
    if "HOOKLINE_CONNECTOR" in function.environment:  # set if any of its agents is recorded
        kept.pop("HOOKLINE_RECORDS_BUCKET", None)
    if function.name == declared.REVIEWS:
        kept.pop("HOOKLINE_PUBLIC_URL", None)
    return replace(function, environment=kept)


def _sorted(table):
    return {**table, "AttributeDefinitions": sorted(table["AttributeDefinitions"], key=str)}
