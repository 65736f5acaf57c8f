"""The review service's Lambda handler. The alias that was invoked selects the caller's entrance.

Its queue invokes it without an alias, operators invoke `decisions`, the function behind review links `links`,
EventBridge `clock`. IAM permits each caller its own alias only, so a payload need not say who it is from.
"""

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.httpsession import URLLib3Session

from functions.core.audit.records import Audit, sqs_sender
from functions.core.authority.grant_keys import GrantKeys
from functions.core.events.bus import Bus
from functions.core.platform import aws
from functions.core.platform.environment import ReviewServiceEnvironment
from functions.core.platform.errors import Denied, HooklineError
from functions.core.platform.identities import alias_of
from functions.core.reviews import people, proof
from functions.core.reviews.notices import AWS, Notices
from functions.core.reviews.review import Refused
from functions.core.reviews.schedules import Schedules
from functions.core.reviews.service import SERVICE, ReviewService
from functions.core.reviews.shown import shown
from functions.core.reviews.store import Reviews
from functions.core.runtime.consume import consume

STS_SECONDS = 5

environment = ReviewServiceEnvironment.read()
where = "" if environment.local else AWS


audit = Audit(SERVICE, sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)
service = ReviewService(
    Reviews(aws.client("dynamodb"), environment.reviews_table),
    Bus(aws.client("events"), environment.bus),
    audit,
    Schedules(aws.client("scheduler"), environment.schedule_group, environment.clock_arn, environment.clock_role_arn),
    Notices(aws.client("sns"), environment.topic_arn, where),
    grant_keys=GrantKeys(environment.grant_key),
    link_keys=GrantKeys(environment.link_key),
    url=environment.public_url,
    clock=time.time,
    announces=bool(environment.announces),
    where=where,
)
consumer = consume(service.open, aws.client("sqs"), environment.queue_url, environment.dead_letter_url, audit)


def handler(payload: dict[str, Any], context: Any) -> Any:
    """Dispatch by the alias that was invoked. Raises Denied for an unknown one."""
    arn = context.invoked_function_arn
    alias = alias_of(arn)
    if alias == "":
        return consumer(payload, context)
    entrances = {"decisions": decisions, "links": by_link, "clock": woken}
    if alias not in entrances:
        raise Denied(f"the review service has no entrance {alias!r}")
    return entrances[alias](payload, account=arn.split(":")[4])


def decisions(payload: Mapping[str, Any], account: str) -> dict[str, Any]:
    """An operator decides or creates a link: {"review": …}, {"link": url}, {"refused": why} or {"failed": why}."""
    id, who = "", ""
    try:
        id, do, note, action, state, name = texts(payload, "review", "do", "note", "action", "state", "for")
        said = proof.statement(do, id, note=note, action=action, state=state, name=name)
        who = proof.principal(payload.get("proof"), said, proof.endpoint(aws.client("sts")), sts())
        voter = people.voter(who, account, environment.deciders.split())
        if do == "link":
            return {"link": service.link(id, name, voter)}
        return {"review": shown(service.decide(id, do, voter, note, action, state))}
    except Refused as error:
        service.refuse(id, who, error)
        return {"refused": str(error)}
    except HooklineError as error:
        return {"failed": str(error)}


def by_link(payload: Mapping[str, Any], account: str) -> dict[str, Any]:
    """The page of a link is requested, or its form submitted: {"review": …, "form": …}, or {} if it is not valid."""
    try:
        do, token, form, note, action, state = texts(payload, "do", "token", "form", "note", "action", "state")
    except Refused:
        return {}
    if do == "show":
        found = service.behind(token)
        return {"review": shown(found[0]), "form": found[1]} if found else {}
    decided = service.decide_by_link(token, form, do, note, action, state)
    return {"review": shown(decided)} if decided else {}


def woken(payload: Mapping[str, Any], account: str) -> None:
    """EventBridge Scheduler reports that a review expires, or that it is time for the sweep."""
    if id := payload.get("review"):
        service.expire(id)
    else:
        service.sweep()


def texts(payload: Mapping[str, Any], *names: str) -> list[str]:
    """The texts of these names, "" for a missing one. Raises Refused if one is not text."""
    values = [payload.get(name, "") for name in names]
    if not all(isinstance(value, str) for value in values):
        raise Refused("malformed: every field must be text")
    return values


@cache
def sts() -> proof.Send:
    """What sends the proofs to STS, without following redirects."""
    send: proof.Send = URLLib3Session(timeout=STS_SECONDS).send
    return send
