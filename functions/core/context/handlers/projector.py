"""The context service, behind a queue of all events."""

from functions.core.audit.records import audit_of
from functions.core.authority.signing_keys import SigningKeys
from functions.core.context.links import Links
from functions.core.context.projector import Projector
from functions.core.context.timeline import Timelines
from functions.core.platform.environment import ProjectorEnvironment
from functions.core.platform.platform import Handler, Platform
from functions.core.runtime.consume import consume


def start(platform: Platform) -> Handler:
    """The handler of the context service."""
    environment = ProjectorEnvironment.read(platform.environ)
    audit = audit_of(platform, "service.context", environment)
    dynamodb, table = platform.client("dynamodb"), environment.timelines_table
    keys = SigningKeys(environment.grant_key, platform.secret, platform.clock)
    projector = Projector(Timelines(dynamodb, table), Links(dynamodb, table), keys, audit, platform.clock)
    return consume(projector, platform, environment, audit)
