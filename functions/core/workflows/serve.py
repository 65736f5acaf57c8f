"""Turns the manifest of a manager into a Lambda handler."""

from functions.core.audit.records import audit_of
from functions.core.events.bus import Bus
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.environment import ManagerEnvironment
from functions.core.platform.platform import Handler, Platform
from functions.core.runtime.agent import Catalogue
from functions.core.runtime.deadlines import Deadlines, Schedules
from functions.core.runtime.invoke import lambda_invoker
from functions.core.runtime.serve import serve_each_once
from functions.core.runtime.wakes import Wakes
from functions.core.workflows.entities import Entities
from functions.core.workflows.manager import Manager
from functions.core.workflows.runs import Runs
from functions.core.workflows.spill import Spill


def serve_manager(manifest: AgentManifest, catalogue: Catalogue, platform: Platform) -> Handler:
    """The handler of the manager that `manifest` declares."""
    environment = ManagerEnvironment.read(platform.environ)
    audit = audit_of(platform, manifest.identity, environment)
    dynamodb, table = platform.client("dynamodb"), environment.idempotency_table
    schedules = Schedules(
        platform.client("scheduler"), environment.schedule_group, environment.queue_arn, environment.clock_role_arn
    )
    manager = Manager(
        manifest,
        Runs(dynamodb, table, platform.clock),
        Entities(dynamodb, table, platform.clock),
        Deadlines(platform.client("sqs"), environment.queue_url, platform.clock, schedules),
        Spill(platform.client("s3"), environment.bodies_bucket, manifest.name),
        catalogue=catalogue,
        bus=Bus(platform.client("events"), environment.bus),
        invoke=lambda_invoker(platform.client("lambda"), environment.connectors_arn),
        wakes=Wakes(dynamodb, table),
        audit=audit,
        clock=platform.clock,
    )
    return serve_each_once(manifest, manager.wake, platform, environment, audit)
