"""The announcement of a review that was opened, for agents that notify people: review.opened."""

from dataclasses import replace

from functions.core.authority.grants import LIFETIME, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_OPENED, SOURCE, is_announced
from functions.core.platform.times import rfc3339
from functions.core.reviews.notices import AWS, notice
from functions.core.reviews.review import Review


def announcement(review: Review, key: str, now: float, where: str = AWS) -> Event | None:
    """The event about an open review, None for a review of an announcement. Pure.

    It is the first event of a tree of its own, so that it uses no budget of the tree of the question; its parent
    is the question, and its id follows from the question's id. Its grant names no entity: an agent that announces a
    review cannot perform its action, and acts on its own destinations only. It holds no link, because anybody who reads
    a link can decide.
    """
    # An agent that fails to announce a review can ask a question itself, and that must not start another announcement.
    if is_announced(review.event):
        return None
    data = {
        "review": review.id,
        "agent": review.request["agent"],
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
    grant = Grant(child.id, child.id, frozenset(), int(now), int(now) + LIFETIME)
    return replace(child, correlationid=child.id, hops=0, entities=[], grant=mint(grant, key))
