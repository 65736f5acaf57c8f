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


def build(context: dict[str, str] | None = None, declared: Project | None = None) -> App:
    """The app with a stack for everything that is `declared`, by default in functions/.

    Raises ManifestError that lists every finding.
    """
    app = App(context=context)
    # CDK's own check ends in a traceback; `synthesize` refuses in one line.
    app.node.set_context("@aws-cdk/core:stackResourceLimit", 0)
    settings = Settings.of(app.node)
    project = declared or discover()
    project = project if settings.unbound else deployable(project, settings.destinations)
    sources = project.deployed_sources(settings.sources)
    settings.require_known(project.sources)
    shared = SharedStack(app, "hookline-shared", settings, project)
    connectors = ConnectorsStack(app, "hookline-connectors", settings, project)
    ingress = IngressStack(app, "hookline-ingress", settings, sources)
    operations = OperationsStack(app, "hookline-operations", settings, sources)
    reviews = ReviewsStack(app, "hookline-reviews", settings, project)
    agents = [AgentStack(app, naming.agent_stack(agent.name), settings, agent) for agent in project.agents.values()]
    for stack in (connectors, ingress, operations, reviews, *agents):
        stack.add_stack_dependency(shared)  # refers to its resources by name
    for agent in agents:
        agent.add_stack_dependency(connectors)
    return app


def synthesize(app: App) -> list[str]:
    """Write the templates, and return a warning for each limit of AWS that they come close to.

    Raises LimitExceeded if they are above one.
    """
    templates = {stack.stack_name: stack.template for stack in app.synth().stacks}
    return check_limits(templates, Settings.of(app.node).rules_per_bus)


if __name__ == "__main__":
    try:
        for warning in synthesize(build()):
            print(f"warning: {warning}", file=sys.stderr)
    except (ManifestError, BundleError, ToolMissing, LimitExceeded) as error:
        sys.exit(str(error))
