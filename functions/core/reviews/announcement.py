"""The event review.opened, with which agents tell people of a review."""

from collections.abc import Sequence
from dataclasses import replace

from functions.core.authority.grants import LIFETIME, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_OPENED, SOURCE, announces
from functions.core.platform.times import rfc3339
from functions.core.reviews.notices import AWS, notice
from functions.core.reviews.review import Review


def announcement(review: Review, channels: Sequence[str], key: str, now: float, where: str = AWS) -> Event | None:
    """The event about an open review, always with the same id; None if it must not be published. Pure.

    Its grant covers the `channels` ("slack:channel/C…") and nothing that the review is about: an agent that announces
    an action can't perform it. It starts a causal tree of its own, so that it costs the asking agent's budget nothing.
    It holds no link, because anybody who reads it could decide by that.
    """
    # A question from such a tree is not announced, or an agent that fails to announce, and asks people what to do,
    # would loop. The correlation id is in the agent's grant, so the agent cannot choose another one.
    if not channels or announces(review.event.correlationid):
        return None
    data = {
        "review": review.id,
        "agent": review.asked["agent"],
        "expires": review.expires,
        "needed": review.needed,
        "notice": notice(review, link="", where=where),
    }
    child = review.event.child(
        source=SOURCE,
        type=REVIEW_OPENED,
        time=rfc3339(now),
        data=catalogue.check(REVIEW_OPENED, data),
        schema=catalogue.schema(REVIEW_OPENED),
    )
    grant = Grant(child.id, child.id, frozenset(channels), int(now), int(now) + LIFETIME)
    return replace(child, correlationid=child.id, hops=0, entities=list(channels), grant=mint(grant, key))
