"""Builds the CDK app: `cdk synth`, `cdk deploy --all`."""

import sys

from aws_cdk import App

from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project, discover
from infra import naming
from infra.bundling import BundleError
from infra.deployable import deployable
from infra.interpreters import ToolMissing
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
    settings = Settings.of(app.node)
    project = declared or discover()
    project = project if settings.unbound else deployable(project, settings.destinations)
    sources = project.deployed_sources(settings.sources)
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


if __name__ == "__main__":
    try:
        build().synth()
    except (ManifestError, BundleError, ToolMissing) as error:
        sys.exit(str(error))
