"""An agent's cold start: from the start of a process until its handler is ready, without a model and with one.

The agents are two that ship, in the zips that Lambda gets, on the interpreter of this machine. pydantic-ai is loaded at
the start rather than in the first event, so it is in the figure.
"""

import sys
from statistics import median

from bench.checks import Check, show
from bench.cold_start import HANDLER, ROUNDS, Contender, Start, link_runtime, start
from bench.fake_aws import QUEUE
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.environment import AgentEnvironment
from hookline.validation.discovery import discover
from infra.bundling import Recipe, Target, agent_lock, build
from infra.rules import starts

WITHOUT, WITH = "fraud", "summarizer"
AT_MOST = 2.5


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    link_runtime()
    agents = [discover().agents[name] for name in (WITHOUT, WITH)]
    contenders = [_contender(agent) for agent in agents]
    taken: list[list[Start]] = [[], []]
    for number in range(ROUNDS + 1):  # the first brings the files into the page cache
        for agent, one, times in zip(agents, contenders, taken, strict=True):
            found = start(one, _environment(agent), answers=False)
            if number:
                times.append(found)
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"\nan agent's cold start on Python {version}, process start to handler; medians of {ROUNDS} rounds\n")
    print(f"  {'':32}{'wall':>10}{'CPU':>12}")
    for one, times in zip(contenders, taken, strict=True):
        wall, processor = (1e3 * median(values) for values in zip(*((t.wall, t.processor) for t in times), strict=True))
        print(f"  {one.name:32}{wall:7.0f} ms{processor:9.0f} ms")
    ratio = median(with_.processor / without.processor for without, with_ in zip(*taken, strict=True))
    checks = [Check("the cold start of an agent with a model ÷ that of one without", ratio, AT_MOST)]
    show(checks)
    return checks


def _contender(agent: AgentManifest) -> Contender:
    code = ["functions/core", "functions/api", "functions/events", f"functions/agents/{agent.name}"]
    lock = agent_lock(agent.name, with_model=agent.model is not None)
    built = build(Recipe(f"agent-{agent.name}", code), Target("bench", None, sys.executable), lock)
    return Contender(f"{agent.name} ({'with' if agent.model else 'without'} a model)", HANDLER, built)


def _environment(agent: AgentManifest) -> dict[str, str]:
    environment = AgentEnvironment(
        audit_queue_url=QUEUE,
        queue_url=QUEUE,
        dead_letter_url=QUEUE,
        agent=agent.name,
        bus="bench",
        idempotency_table="bench",
        connectors_arn="arn:aws:lambda:eu-central-1:123456789012:function:{connector}:live",
    )
    return {**environment.variables(), "HOOKLINE_STARTS": starts(agent)}
