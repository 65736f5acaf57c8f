"""What a synth would refuse in a project without findings, found without a synth: no CDK is imported.

It does not find what only the templates show: the number of resources in a stack.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from functions.core.manifests.checks import reported
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project
from infra import naming
from infra.deployable import is_left_out, unbound, with_flows
from infra.limits import NEAR, Usage, pattern_usage, rules_usage
from infra.rules import pattern
from infra.settings import Settings, is_entity

RULES_OF_SERVICES = 2  # on the bus: that of the review service, and that of the timelines


@dataclass(frozen=True)
class Refusal:
    """Why a deployment is refused: about `name` of a `kind` of manifests, "" for the settings, next to the `words`.

    A `warning` is not refused.
    """

    what: str
    kind: str = ""
    name: str = ""
    words: tuple[str, ...] = ()
    warning: bool = False


def context_settings(context: Mapping[str, Any]) -> tuple[Settings, list[Refusal]]:
    """The settings in a context, and all of their malformed values, which the settings have as if they were missing."""
    wrong: list[str] = []
    with reported(wrong.append):
        settings = Settings.of(_Values(context))
    return settings, [Refusal(what) for what in dict.fromkeys(wrong)]


@dataclass(frozen=True)
class _Values:
    values: Mapping[str, Any]

    def try_get_context(self, key: str) -> Any:
        """The value of a key, None if it is missing."""
        return self.values.get(key)


def refusals(project: Project, settings: Settings, sandboxed: Callable[[str], bool]) -> Iterator[Refusal]:
    """What a deployment of `project` with `settings` would be refused for; `sandboxed` connectors need no tenant."""
    agents = {}
    for name, agent in with_flows(project, settings.flows).agents.items():
        if is_left_out(agent, settings.destinations):
            missing = [one for one in agent.destinations if one not in settings.destinations]
            what = f"is left out: it is optional, and destination {' and '.join(map(repr, missing))} is not bound"
            yield Refusal(what, "agents", name, ("optional",), warning=True)
            continue
        agents[name] = agent
        for words, what in unbound(agent, project, {one: str(bound) for one, bound in settings.destinations.items()}):
            malformed = not is_entity(settings.destinations.get(words[1], "a:b/c"))
            if not malformed:  # otherwise that is a refusal of the settings
                yield Refusal(what, "agents", name, words)
    deployed = replace(project, agents=agents)
    yield from _settings(deployed, settings, sandboxed)
    yield from _names(deployed, settings)
    yield from _limits(deployed, settings)


def _settings(project: Project, settings: Settings, sandboxed: Callable[[str], bool]) -> Iterator[Refusal]:
    for source in settings.sources:
        try:
            project.deployed_sources([source])
        except ManifestError as error:
            yield Refusal(str(error))
    yield from map(Refusal, _reported(lambda: settings.require_known(project.sources)))
    yield from map(Refusal, _reported(lambda: settings.require_links(project)))
    for connector in project.connectors.values():
        if connector.tenant and project.callers_of(connector.name) and not sandboxed(connector.name):
            for what in _reported(partial(settings.tenant, connector)):
                yield Refusal(what, "connectors", connector.name, ("base", connector.base))


def _reported(check: Callable[[], object]) -> list[str]:
    """What a check reports."""
    wrong: list[str] = []
    with reported(wrong.append):
        check()
    return wrong


def _names(project: Project, settings: Settings) -> Iterator[Refusal]:
    """Names of functions whose roles would have names that are too long."""
    sources = project.deployed_sources([name for name in settings.sources if name in project.sources])
    used = [one for one in project.connectors.values() if project.callers_of(one.name)]
    functions = [
        *(("agents", one.name, naming.agent(one.name)) for one in project.agents.values()),
        *(("sources", one.name, naming.verifier(one.name)) for one in sources),
        *(("connectors", one.name, naming.connector(one.name)) for one in used),
    ]
    for kind, name, function in functions:
        wrong = _reported(partial(naming.require_fit, function))
        yield from (Refusal(what, kind, name, ("name", name)) for what in wrong)


def _limits(project: Project, settings: Settings) -> Iterator[Refusal]:
    for name, agent in project.agents.items():
        yield from _exceeded(pattern_usage(f"of agent {name}", pattern(agent)), "agents", name, ("subscribes",))
    rules = rules_usage(naming.BUS, len(project.agents) + RULES_OF_SERVICES, settings.rules_per_bus)
    yield from _exceeded(rules, "", "", ())


def _exceeded(usage: Usage, kind: str, name: str, words: tuple[str, ...]) -> Iterator[Refusal]:
    if usage.used > NEAR * usage.limit:
        yield Refusal(str(usage), kind, name, words, warning=usage.used <= usage.limit)
