"""The review service. The alias that was invoked selects the caller's entrance.

Its queue invokes it without an alias, operators invoke `decisions`, the function behind review links `links`,
EventBridge `clock`. IAM permits each caller its own alias only, so a payload need not say who it is from.
"""

from functools import partial
from typing import Any

from botocore.httpsession import URLLib3Session

from functions.core.audit.records import audit_of
from functions.core.authority.signing_keys import SigningKeys
from functions.core.events.bus import Bus
from functions.core.platform.environment import ReviewServiceEnvironment
from functions.core.platform.errors import Denied
from functions.core.platform.identities import alias_of
from functions.core.platform.platform import Handler, Platform
from functions.core.reviews.entrances import Entrances
from functions.core.reviews.notices import AWS, Notices
from functions.core.reviews.schedules import Schedules
from functions.core.reviews.service import SERVICE, ReviewService
from functions.core.reviews.store import Reviews
from functions.core.runtime.consume import consume

STS_SECONDS = 5


def start(platform: Platform) -> Handler:
    """The handler of the review service."""
    environment = ReviewServiceEnvironment.read(platform.environ)
    where = "" if environment.local else AWS
    audit = audit_of(platform, SERVICE, environment)
    clock_arn, clock_role_arn = environment.clock_arn, environment.clock_role_arn
    service = ReviewService(
        Reviews(platform.client("dynamodb"), environment.reviews_table),
        Bus(platform.client("events"), environment.bus),
        audit,
        Schedules(platform.client("scheduler"), environment.schedule_group, clock_arn, clock_role_arn),
        Notices(platform.client("sns"), environment.topic_arn, where),
        grant_keys=SigningKeys(environment.grant_key, platform.secret, platform.clock),
        link_keys=SigningKeys(environment.link_key, platform.secret, platform.clock),
        url=environment.public_url,
        clock=platform.clock,
        new_id=platform.new_id,
        announces=bool(environment.announces),
        where=where,
    )
    consumer = consume(service.receive, platform, environment, audit)
    # The session follows no redirects: a proof is for STS alone.
    send = URLLib3Session(timeout=STS_SECONDS).send
    entrances = Entrances(service, environment.deciders.split(), partial(platform.client, "sts"), send)
    entrance_of = {"decisions": entrances.decisions, "links": entrances.links, "clock": entrances.clock}

    def handler(payload: dict[str, Any], context: Any) -> Any:
        """Dispatch by the alias that was invoked. Raises Denied for an unknown one."""
        arn = context.invoked_function_arn
        alias = alias_of(arn)
        if alias == "":
            return consumer(payload, context)
        if alias not in entrance_of:
            raise Denied(f"the review service has no entrance {alias!r}")
        return entrance_of[alias](payload, account=arn.split(":")[4])

    return handler
