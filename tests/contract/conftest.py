"""Everything that is declared, its fixtures as their providers would deliver them, and its zips."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from functions.core.authority.tokens import SHORTEST_KEY
from functions.core.events.event import Event
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.delivery import RawEvent
from functions.core.ingress.reading import raw_events
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.source import SourceManifest
from hookline.local.generated_secrets import generate_secret
from hookline.operator.send import signed_delivery
from hookline.testing import fixtures
from hookline.testing.example_settings import every_destination, every_tenant
from hookline.testing.fixtures import Fixture
from hookline.testing.signing import verify
from infra import bundling, naming
from infra.deployable import every_flow
from tests.declared import PROJECT

NOW = 1_790_000_000.0
GRANT_KEY = "k" * SHORTEST_KEY
LAMBDA_GIVES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@dataclass(frozen=True)
class Recorded:
    """A delivery of functions/providers/<source>/fixtures, as its provider would sign it."""

    source: SourceManifest
    fixture: Fixture

    def __str__(self) -> str:
        return f"{self.source.name}/{self.fixture.name}"

    @cached_property
    def delivery(self) -> dict[str, Any]:
        """The arguments by which `verify` accepts it."""
        secret = generate_secret(self.source)
        url = f"https://hooks.example.com/webhooks/{self.source.name}"
        body, headers = self.fixture.body.encode(), self.fixture.headers
        sent = signed_delivery(self.source.name, url, headers, body, secret.signs, NOW)
        request = {"method": sent.method, "url": sent.url, "headers": dict(sent.headers), "body": sent.body}
        return {**request, "secrets": [secret.verifies], "now": NOW}

    @cached_property
    def raw_events(self) -> list[RawEvent]:
        """What it reports."""
        return raw_events(self.delivery["body"], self.delivery["headers"], self.source.reading)

    @cached_property
    def verified(self) -> VerifiedDelivery:
        """What its verifier knows of it."""
        return verify(self.source.name, **self.delivery)

    @cached_property
    def events(self) -> list[Event]:
        """The events that its verifier makes of it."""
        made = self.builder().events(self.raw_events, self.verified, self.delivery["body"], GRANT_KEY, NOW)
        assert made, f"{self} reports nothing"  # else the tests of its events would look at none
        return made

    def events_of(self, tenant: str, expected: Sequence[str] = ("*",)) -> list[Event]:
        """The events that it would be if it were that tenant's, and the operator expected `expected`."""
        raw_events = [replace(raw_event, tenant=tenant) for raw_event in self.raw_events]
        return self.builder(expected).events(raw_events, self.verified, self.delivery["body"], GRANT_KEY, NOW)

    def builder(self, expected: Sequence[str] | None = None) -> EventBuilder:
        """Its source's builder of events."""
        module = f"functions.providers.{self.source.name}.translate"
        translate = importlib.import_module(module).translate if find_spec(module) else lambda _: None
        return EventBuilder(self.source, translate, expected)


@dataclass(frozen=True)
class Declared:
    """A function as infra declares it."""

    name: str
    starts: str
    code: tuple[str, ...]
    environment: Mapping[str, str]
    lock: Path | None
    without: tuple[str, ...] = ()

    def build(self, target: bundling.Target, lock: bool = True) -> Path:
        """Its zip's folder, with its own packages or without."""
        own = self.lock if lock else None
        return bundling.build(bundling.Recipe(self.name, self.code, self.without), target, own)


def recordings(source: SourceManifest) -> list[Recorded]:
    """The fixtures of a source, in order; none where it has none."""
    return [Recorded(source, fixtures.load(source.name, name)) for name in fixtures.names(source.name)]


@cache
def all_recordings() -> dict[str, list[Recorded]]:
    """The fixtures of each source."""
    return {name: recordings(source) for name, source in PROJECT.sources.items()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once for each thing that is declared: `agent`, `source`, `connector`, `operation`, `fixture`.

    A manager has no code, so it is no `agent` here, but a `deployed_agent`.
    """
    cases = {
        "agent": lambda: [(name, one) for name, one in PROJECT.agents.items() if not one.workflow],
        "deployed_agent": lambda: list(PROJECT.agents.items()),
        "source": lambda: list(PROJECT.sources.items()),
        "connector": lambda: list(PROJECT.connectors.items()),
        "operation": lambda: [
            (f"{name}:{one.name}", (connector, one))
            for name, connector in PROJECT.connectors.items()
            for one in connector.operations
        ],
        "fixture": lambda: [(str(one), one) for found in all_recordings().values() for one in found],
    }
    for name in cases.keys() & set(metafunc.fixturenames):
        ids, values = zip(*cases[name](), strict=True)
        metafunc.parametrize(name, values, ids=ids)


@pytest.fixture(scope="session")
def recorded() -> dict[str, list[Recorded]]:
    """The fixtures of each source."""
    return all_recordings()


@pytest.fixture
def grant_key() -> str:
    """The key that the recorded events' grants are minted with."""
    return GRANT_KEY


@pytest.fixture
def now() -> float:
    """When the recorded deliveries arrive."""
    return NOW


@pytest.fixture
def delivered() -> Callable[[Event], dict[str, Any]]:
    """What a rule of the bus puts into a queue for an event."""

    def deliver(event: Event) -> dict[str, Any]:
        entry = event.to_entry("bus")
        return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}

    return deliver


@pytest.fixture(scope="session")
def entities() -> set[str]:
    """Every entity that a fixture of any source names."""
    found = [one for recordings in all_recordings().values() for one in recordings]
    return {entity for one in found for event in one.events for entity in event.entities}


@pytest.fixture(scope="session")
def bindable() -> set[str]:
    """The entities, as operations declare them, that an operator can bind an agent's destination to."""
    uses = [use for agent in PROJECT.agents.values() for use in agent.uses if use.to]
    connectors = PROJECT.connectors
    return {one.entity for use in uses for one in connectors[use.connector].operations if one.name in use.operations}


@pytest.fixture(scope="session")
def declared() -> dict[str, Declared]:
    """Every function that the stacks for AWS hold where every source is deployed, by name."""
    found = {}

    with pytest.MonkeyPatch.context() as patch:
        from infra.app import build
        from infra.constructs.function import Function

        construct = Function.__init__

        def record(self: Any, scope: Any, id: str, **given: Any) -> None:
            variables = {"HOOKLINE_STARTS": given["starts"], **given["environment"].variables()}
            found[given["name"]] = Declared(
                given["name"],
                given["starts"],
                tuple(given["code"]),
                variables,
                given.get("lock"),
                tuple(given.get("without", ())),
            )
            construct(self, scope, id, **given)

        patch.setattr(Function, "__init__", record)
        build(
            context={
                "bundle": "false",
                "sources": ",".join(PROJECT.sources),
                "destinations": every_destination(PROJECT),
                "tenants": every_tenant(PROJECT),
                "flows": ",".join(every_flow(PROJECT)),
            }
        )
    assert found  # tests loop over them, and over their zips
    return found


@pytest.fixture(scope="session")
def workshop() -> Iterator[Path]:
    """A place of this session's own to build zips in; what they share is that of every other build."""
    place = bundling.BUILD / f"tests-{os.getpid()}"
    place.mkdir(parents=True)
    for shared in ("packages", "code"):
        (bundling.BUILD / shared).mkdir(exist_ok=True)
        (place / shared).symlink_to(bundling.BUILD / shared)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def lambda_zips(declared: Mapping[str, Declared], workshop: Path) -> dict[str, Path]:
    """What goes to Lambda: the folders of zips by their functions' names.

    Verifiers differ in their source's folder alone, so one for each lock stands for them all.
    """
    sources = {naming.verifier(name) for name in PROJECT.sources}
    first = {one.lock if one.name in sources else one.name: one for one in reversed(declared.values())}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "BUILD", workshop)
        target = bundling.lambda_target()
        return {one.name: one.build(target) for one in first.values()}


@pytest.fixture(scope="session")
def codes(declared: Mapping[str, Declared], workshop: Path) -> dict[str, Path]:
    """The project's code of every function's zip, as the bundling copies it, without packages or bytecode."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "BUILD", workshop)
        target = replace(bundling.lambda_target(), name="codes", python=None, packages=False)
        return {name: one.build(target, lock=False) for name, one in declared.items()}


@pytest.fixture(scope="session")
def own_packages(declared: Mapping[str, Declared], workshop: Path) -> dict[str, Path]:
    """By the function's name, the packages of its zip, for this machine: those for Lambda would not run here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundling, "BUILD", workshop)
        folders = {
            lock: bundling.build(bundling.Recipe(f"packages-{number}", []), bundling.this_machine(), lock)
            for number, lock in enumerate({function.lock for function in declared.values()})
        }
    return {name: folders[function.lock] for name, function in declared.items()}


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds boto3 and what it needs, as Lambda's runtime does, and nothing else."""
    place = tmp_path_factory.mktemp("runtime")
    waiting, seen = ["boto3"], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        package = distribution(name)
        for top in {path.parts[0] for path in package.files or () if path.parts[0] not in ("..", "__pycache__")}:
            (place / top).symlink_to(package.locate_file(top))
        needs = [Requirement(text) for text in package.requires or ()]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return place


# Imports each function on its own, and forks an interpreter for it.
ZYGOTE = Path(__file__).with_name("zygote.py")


@pytest.fixture(scope="session")
def lives(
    codes: Mapping[str, Path],
    own_packages: Mapping[str, Path],
    runtime: Path,
    declared: Mapping[str, Declared],
) -> dict[str, Any]:
    """What became of each function alone with its zip and boto3, as in Lambda; a traceback's last line where it failed.

    handler  True where there is one that can be called; for a connector also
    agents   those of all agents, and of one that does not exist, that it knows, and
    policies those whose policies it can read; for a verifier also
    events   the id, type and data of each event that it makes of its source's first fixture.
    """
    tasks: dict[str, dict[str, Any]] = {}
    for name, function in declared.items():
        variables = {**function.environment, **LAMBDA_GIVES, "AWS_LAMBDA_FUNCTION_NAME": name}
        tasks[name] = {"code": str(codes[name]), "environment": variables}
    for name in filter(PROJECT.callers_of, PROJECT.connectors):
        tasks[naming.connector(name)]["agents"] = [*PROJECT.agents, "nobody"]
    for name, recordings in all_recordings().items():
        if recordings:
            delivery = {**recordings[0].delivery, "body": recordings[0].delivery["body"].decode()}
            tasks[naming.verifier(name)] |= {"delivery": delivery, "key": GRANT_KEY}
    answers = {}
    for packages in set(own_packages.values()):
        done = subprocess.run(  # noqa: S603 - this interpreter, which finds nothing but the standard library
            [sys.executable, "-I", "-S", str(ZYGOTE), str(packages), str(runtime)],
            input=json.dumps({name: task for name, task in tasks.items() if own_packages[name] == packages}),
            env=LAMBDA_GIVES,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answers |= json.loads(done.stdout)
    return answers
