"""Every connector that a sandbox plays has entities to act on before anything is configured."""

import pytest

from functions.core.gate.destinations import parameters_of
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from hookline.local.bindings import bindings
from hookline.local.sandbox_providers import sandbox_providers
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox
from hookline.validation.discovery import Project
from tests.declared import PROJECT

PLAYED = {
    f"{name}:{operation.name}": (connector, operation)
    for name, connector in PROJECT.connectors.items()
    for operation in connector.operations
    if name in sandbox_providers() and not operation.model  # a model is declared, and is never a destination
}


@pytest.fixture(params=PLAYED.values(), ids=PLAYED.keys())
def played(request):
    """A connector that has a sandbox, and one of its operations."""
    return request.param


def test_several_sandboxes_are_looked_at():
    """Otherwise the tests below would look at nothing."""
    assert {"slack", "stripe"} <= {name.partition(":")[0] for name in PLAYED}


def test_a_sandbox_has_one_entity_of_each_kind_that_an_operation_touches(played):
    """Two would leave it open which one a destination is bound to."""
    connector, operation = played
    fitting = [
        entity
        for entity in sandbox_providers()[connector.name].destinations
        if parameters_of(operation, entity) is not None
    ]
    assert len(fitting) == 1


def test_a_first_agents_destination_is_bound_to_the_entity_of_the_sandbox(played, tmp_path):
    """Nothing is in cdk.json, and nothing was given to 'up'."""
    connector, operation = played
    agent = AgentManifest(
        name="first",
        owner="tests",
        purpose="act at a destination",
        subscribes=[Subscription("change.proposed", sources=["webhook.github"])],
        uses=[Use(connector.name, [operation.name], to=["mine"], reason="tests")],
    )
    project = Project({"first": agent}, {}, PROJECT.connectors)
    (bound,) = bindings(project, {}, tmp_path, root=_empty(tmp_path))
    assert (bound.name, bound.by, bound.agents) == ("mine", "sandbox", ("first",))
    assert bound.entity in sandbox_providers()[connector.name].destinations


# A connector without hosts calls AWS by its SDK; the tests of its folder read from its sandbox.
READS = {name: played for name, played in PLAYED.items() if played[1].kind == "read" and played[0].hosts}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_read_of_the_entity_of_the_sandbox_is_answered(read):
    """An entity that the sandbox does not hold would make the first agent fail."""
    connector, operation = read
    sandbox = sandbox_providers()[connector.name]
    arguments = next(filter(None, (parameters_of(operation, entity) for entity in sandbox.destinations)))
    with SandboxServer([sandbox(_now)]) as server:
        provider = at_sandbox(connector, lambda: sandbox.credential, server.urls[connector.name], _now)
        assert provider.call(operation, arguments, None, 5)


def _now():
    return 1_790_000_000.0


def _empty(folder):
    (folder / "cdk.json").write_text("{}")
    return folder
