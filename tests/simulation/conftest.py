"""Simulated accounts, wired by the templates of the agents in scenarios.py, on one DynamoDB of moto's."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from functions.core.gate import policy
from functions.core.platform.log import log
from functions.providers.stripe.connector import MANIFEST as CONNECTOR
from functions.providers.stripe.source import MANIFEST as SOURCE
from hookline.simulation.account import Account
from hookline.simulation.powertools import powertools_on
from hookline.simulation.tables import Tables
from hookline.simulation.wiring import Wiring
from hookline.validation.discovery import Project
from infra import naming
from infra.templates import Deployed
from tests.simulation.scenarios import GRANT_KEY, OUTAGE, SCENARIOS, START, Scenario, manifest_of


@pytest.fixture(scope="session")
def wiring(synthesize: Callable[..., dict[str, bytes]]) -> Wiring:
    """The wiring of the scenarios' agents, as it would be deployed."""
    agents = {scenario.name: manifest_of(scenario) for scenario in (*SCENARIOS, OUTAGE)}
    project = Project(agents, sources={"stripe": SOURCE}, connectors={"stripe": CONNECTOR})
    return Wiring.of(Deployed.of(synthesize(project)))


@pytest.fixture(scope="module")
def dynamodb(wiring: Wiring) -> Tables:
    """One DynamoDB for all runs of a module: every run has ids of its own."""
    return Tables(wiring.tables)


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[Scenario], None]]:
    """Puts the agent of a scenario where its folder would be."""

    def plant(scenario: Scenario) -> None:
        folder = tmp_path / scenario.name
        folder.mkdir(exist_ok=True)
        (folder / policy.FILE).write_text(scenario.policy)
        place = f"functions.agents.{scenario.name}"
        manifest, agent = ModuleType(f"{place}.manifest"), ModuleType(f"{place}.agent")
        manifest.__file__ = str(folder / "manifest.py")
        vars(manifest)["MANIFEST"], vars(agent)["run"] = manifest_of(scenario), scenario.run
        monkeypatch.setitem(sys.modules, manifest.__name__, manifest)
        monkeypatch.setitem(sys.modules, agent.__name__, agent)

    yield plant
    policy.policy_of.cache_clear()


@pytest.fixture
def make_account(wiring: Wiring, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Account]]:
    """Makes an account at START; what it takes are Account's keywords. Powertools lives in the last one's time."""
    monkeypatch.setattr(log, "info", lambda *_, **__: None)  # thousands of runs, whose logs nobody reads
    monkeypatch.setattr(log, "warning", lambda *_, **__: None)
    secrets = {
        naming.GRANT_KEY: GRANT_KEY,
        naming.credential("stripe"): "sk_1",
        naming.signing_secret("stripe"): "whsec_test",
    }
    made: list[Account] = []
    with powertools_on(lambda: made[-1].clock()):

        def make(credential: str = "sk_1", wired: Wiring = wiring, **given: Any) -> Account:
            own = {**secrets, naming.credential("stripe"): credential}
            made.append(Account(wired, START, dynamodb=dynamodb, secrets=own, **given))
            return made[-1]

        yield make
        for account in made:
            account.world.end()
