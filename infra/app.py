"""Builds the CDK app: `cdk synth`, `cdk deploy --all`."""

import sys

from aws_cdk import App

from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project, discover
from infra import naming
from infra.bundling import BundleError
from infra.deployable import deployable
from infra.interpreters import ToolMissing
from infra.limits import LimitExceeded, check_limits
from infra.settings import Settings
from infra.stacks.agent import AgentStack
from infra.stacks.connectors import ConnectorsStack
from infra.stacks.ingress import IngressStack
from infra.stacks.operations import OperationsStack
from infra.stacks.reviews import ReviewsStack
from infra.stacks.shared import SharedStack
from infra.warm import Warm

NOTICE = "hookline:notice"


def build(context: dict[str, str] | None = None, declared: Project | None = None, validated: bool = True) -> App:
    """The app with a stack for everything that is `declared`, by default in functions/.

    Unless it is `validated`, CDK's own validation of templates is left out, which takes most of a synthesis.
    Raises ManifestError that lists every finding, or if the context names another stage than the process belongs to.
    """
    app = App(context=context, builtin_cloud_formation_validation=validated)
    if naming.STAGE:
        app.node.set_context("stage", naming.STAGE)
    # CDK's own check ends in a traceback; `synthesize` refuses in one line.
    app.node.set_context("@aws-cdk/core:stackResourceLimit", 0)
    settings = Settings.of(app.node)
    if settings.stage != naming.STAGE:
        raise ManifestError(f"stage {settings.stage!r} in a process of stage {naming.STAGE!r}: run 'python -m infra'")
    project = declared or discover()
    project = project if settings.unbound else deployable(project, settings.destinations, settings.flows)
    sources = project.deployed_sources(settings.sources)
    settings.require_known(project.sources)
    settings.require_links(project)
    settings.require_reconcilable(sources, project)
    reconciled = settings.reconciled(sources, project)
    listed = {one.name for one in reconciled}
    shared = SharedStack(app, naming.stack("shared"), settings, project, listed)
    warm = Warm.of(project.agents.values(), settings.concurrency, settings.local)
    connectors = ConnectorsStack(app, naming.stack("connectors"), settings, project, listed, warm)
    ingress = IngressStack(app, naming.stack("ingress"), settings, sources, listed, warm)
    operations = OperationsStack(app, naming.stack("operations"), settings, sources, reconciled)
    reviews = ReviewsStack(app, naming.stack("reviews"), settings, project)
    agents = [
        AgentStack(app, naming.agent_stack(agent.name), settings, agent, warm.of_agent(agent.name))
        for agent in project.agents.values()
    ]
    for stack in (connectors, ingress, operations, reviews, *agents):
        stack.add_stack_dependency(shared)  # refers to its resources by name
    for agent in agents:
        agent.add_stack_dependency(connectors)
    for text in warm.notices():
        app.node.add_metadata(NOTICE, text)
    return app


def synthesize(app: App) -> list[str]:
    """Write the templates, and return a warning for each limit of AWS that they come close to.

    Raises LimitExceeded if they are above one.
    """
    templates = {stack.stack_name: stack.template for stack in app.synth().stacks}
    return check_limits(templates, Settings.of(app.node).rules_per_bus)


def notices(app: App) -> list[str]:
    """What a deployment of the app costs that an operator might not expect."""
    return [str(one.data) for one in app.node.metadata if one.type == NOTICE]


def main() -> None:
    """Write the templates for the CDK CLI. What the user can fix ends in its own lines, without a traceback."""
    try:
        app = build()
        for notice in notices(app):
            print(notice, file=sys.stderr)
        for warning in synthesize(app):
            print(f"warning: {warning}", file=sys.stderr)
    except (ManifestError, BundleError, ToolMissing, LimitExceeded) as error:
        sys.exit(str(error))
