"""Opening a review: people get an agent's question only if everything in it is verified or marked as the agent's."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from functions.core.authority.grants import check
from functions.core.authority.proposals import Proposal, check_proposal
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.platform.canonical import digest
from functions.core.platform.errors import Denied, PermanentError
from functions.core.platform.nesting import DEEPEST, deeper_than
from functions.core.reviews.review import Review

LONGEST = 30 * 24 * 3600  # seconds until a review may expire
MOST_BYTES = 300_000  # a DynamoDB item holds 400 KB, and decisions are added


def opened(event: Event, keys: Sequence[str], now: float) -> Review:
    """The review that an approval.required opens; `keys` are the valid grant keys. Pure.

    Raises Denied if the agent asks in another's name, without a valid grant, or for an action that no connector
    proposed to it for this event; PermanentError if the request is too large, nested too deeply, or too far from
    its expiry.
    """
    if deeper_than(event.data, DEEPEST):
        raise PermanentError(f"the question is nested more than {DEEPEST} deep")
    request = catalogue.check(event.type, event.data)
    if event.source != f"agent.{request['agent']}":
        raise Denied(f"{event.source} asks in the name of another agent")
    grant = check(event.grant, keys, now)
    if grant.correlation != event.correlationid:
        raise Denied("the grant is of another causal tree")
    if abs(request["expires"] - now) > LONGEST:
        raise PermanentError(f"it expires, or has expired, more than {LONGEST // 86400} days from now")
    proposal = _proposed(event, request, keys, now) if request["action"] else None
    # The raw event is in the archive; people decide on what the agent and the connector say.
    review = Review(
        replace(event, data=request, raw=None),
        sorted(grant.entities),
        opened=now,
        proposal=proposal,
        because=grant.event,
        granted=grant.issued,
    )
    if len(json.dumps(asdict(review))) > MOST_BYTES:
        raise PermanentError(f"the question is larger than {MOST_BYTES} bytes")
    return review


def _proposed(event: Event, request: dict[str, Any], keys: Sequence[str], now: float) -> Proposal:
    proposal = check_proposal(request["proposal"], keys, now)
    if (proposal.agent, proposal.event, proposal.correlation) != (
        request["agent"],
        event.causationid,
        event.correlationid,
    ):
        raise Denied("the proposal was given to another agent or for another event")
    if proposal.action.digest != digest(request["action"]):
        raise Denied("the proposal is for another action than the question")
    return proposal
