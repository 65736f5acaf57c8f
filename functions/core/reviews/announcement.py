"""The announcement of a review that was opened, for agents that notify people: review.opened."""

from collections.abc import Sequence
from dataclasses import replace

from functions.core.authority.grants import LIFETIME, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_OPENED, SOURCE, is_announced
from functions.core.platform.times import rfc3339
from functions.core.reviews.notices import AWS, notice
from functions.core.reviews.review import Review


def announcement(review: Review, channels: Sequence[str], key: str, now: float, where: str = AWS) -> Event | None:
    """The event about an open review, None if no agent must receive it. Pure.

    It is the first event of a tree of its own, so that it uses up none of the budget of the tree that asked; its parent
    is the question, and its id follows from the question's id. Its grant is for the `channels` ("slack:channel/C…") and
    for no entity of the review: an agent that announces an action cannot perform it. It holds no link, because anybody
    who reads a link can decide.
    """
    # An agent that fails to announce a review can ask a question itself, and that must not start another announcement.
    if not channels or is_announced(review.event):
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
