"""Builds the CDK app: `cdk synth`, `cdk deploy --all`."""

import sys

from aws_cdk import App

from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import discover
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


def build(context: dict[str, str] | None = None) -> App:
    """The app with all stacks. Raises ManifestError, which lists every finding, if the project has any."""
    app = App(context=context)
    settings = Settings.of(app.node)
    project = discover() if settings.unbound else deployable(discover(), settings.destinations)
    sources = project.deployed_sources(settings.sources)
    shared = SharedStack(app, "hookline-shared", settings, project)
    connectors = ConnectorsStack(app, "hookline-connectors", settings, project)
    ingress = IngressStack(app, "hookline-ingress", settings, sources)
    operations = OperationsStack(app, "hookline-operations", settings, sources)
    reviews = ReviewsStack(app, "hookline-reviews", settings, project)
    agents = [AgentStack(app, f"hookline-agent-{agent.name}", settings, agent) for agent in project.agents.values()]
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
