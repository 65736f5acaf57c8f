"""Checks the workflows of managers against the other agents. A pattern checks itself when it is read."""

from collections.abc import Collection, Iterator, Mapping

from functions.core.events import catalogue
from functions.core.events.tasks import TASK_ASSIGNED, TASK_REVOKED
from functions.core.manifests.agent import AgentManifest
from functions.core.workflows.catalogue import pattern_of
from functions.core.workflows.declaration import Declaration
from functions.core.workflows.pattern import Bound
from hookline.validation.findings import Finding, hint
from hookline.validation.manifests import Declared

Agents = Mapping[str, Declared | None]
# A task is one hop from the event that starts its run, however many rounds it has, and a report is two.
MEMBER_HOPS, MANAGER_HOPS = 1, 2


def check_workflow(agent: Declared, agents: Agents, types: Collection[str] | None) -> Iterator[Finding]:
    """The findings of one agent as a manager and as a member. Of an agent that cannot be read, nothing is said."""
    manifest: AgentManifest = agent.manifest
    yield from _as_member(agent, agents)
    if not isinstance(manifest.workflow, Declaration):
        return
    if manifest.uses:
        yield agent.finding("has a workflow, and uses connectors: a manager has no code that could", "uses")
    if manifest.waits:
        yield agent.finding("has a workflow, and waits: a manager has no code that could", "waits")
    bound = pattern_of(manifest.workflow).most(manifest.workflow)
    yield from _ends(agent, manifest.workflow)
    yield from _task(agent, manifest.workflow, types or ())
    yield from _budget(agent, agent, manifest.name, MANAGER_HOPS, bound)
    for name in dict.fromkeys(manifest.workflow.members):
        if name not in agents:
            yield agent.finding(f"has the member {name!r}, which is no agent{hint(name, agents)}", "workflow", name)
        elif member := agents[name]:
            yield from _member(agent, member, manifest.workflow, bound)


def _ends(agent: Declared, declared: Declaration) -> Iterator[Finding]:
    """The detail types that end a run are subscribed to, and another one starts it."""
    subscribed = {one.detail_type for one in agent.manifest.subscribes}
    for type in declared.ends:
        if type not in subscribed:
            yield agent.finding(f"ends its runs by {type!r}, and does not subscribe to it", "ends", type)
    if subscribed and subscribed <= {*declared.ends}:
        yield agent.finding("ends its runs by every event that it subscribes to: none would start one", "ends")


def _task(agent: Declared, declared: Declaration, types: Collection[str]) -> Iterator[Finding]:
    """Each event that starts a run has the fields that are its task. Other types are findings of their own."""
    for one in agent.manifest.subscribes:
        if one.detail_type not in types or one.detail_type in declared.ends:
            continue
        known = catalogue.model_of(one.detail_type).model_fields
        for name in declared.task:
            if name not in known:
                what = f"has the field {name!r} in its task, which {one.detail_type!r} does not have{hint(name, known)}"
                yield agent.finding(what, "task", name)


def _member(agent: Declared, member: Declared, declared: Declaration, bound: Bound) -> Iterator[Finding]:
    identity, name = agent.manifest.identity, member.manifest.name
    if member.manifest.workflow is not None:
        what = f"has the member {name!r}, which is a manager: a run of it reports nothing"
        yield agent.finding(what, "workflow", name)
        return
    for type in (TASK_ASSIGNED, *([TASK_REVOKED] if name in declared.compensates else [])):
        if not member.manifest.subscribes_to(identity, type):
            what = f"has the member {name!r}, which does not subscribe to {type!r} from {identity!r}"
            yield agent.finding(what, "workflow", name)
    yield from _budget(agent, member, name, MEMBER_HOPS, bound)


def _budget(agent: Declared, of: Declared, name: str, hops: int, bound: Bound) -> Iterator[Finding]:
    """One tree may have several runs, and one is the least."""
    budget = of.manifest.budget
    if budget.hops < hops:
        what = f"budget hops {budget.hops} of {name!r}: a run needs {hops}"
        yield agent.finding(what, "workflow", name)
    if budget.wakes_per_tree < bound.assignments:
        what = f"budget wakes_per_tree {budget.wakes_per_tree} of {name!r}: a run has up to {bound.assignments} tasks"
        yield agent.finding(what, "workflow", name)


def _as_member(agent: Declared, agents: Agents) -> Iterator[Finding]:
    for one in agent.manifest.subscribes:
        for source in one.sources if one.detail_type == TASK_ASSIGNED else ():
            manager = agents.get(source.removeprefix("agent."))
            workflow = manager.manifest.workflow if manager else None
            if isinstance(workflow, Declaration) and agent.manifest.name not in workflow.members:
                what = f"subscribes to {TASK_ASSIGNED!r} from {source!r}, and is no member of its workflow"
                yield agent.finding(what, source, TASK_ASSIGNED)
