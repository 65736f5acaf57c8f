"""What agents get to hear of a review that was opened, so that they tell people of it: review.opened."""

from dataclasses import replace

from functions.core.authority.grants import LIFETIME, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_OPENED, SOURCE, announces
from functions.core.platform.times import rfc3339
from functions.core.reviews.notices import AWS, notice
from functions.core.reviews.review import Review


def announcement(review: Review, key: str, now: float, where: str = AWS) -> Event | None:
    """The event about an open review, with the same id however often it is made; None for a review of an announcement.

    Its grant names no entity: an agent that announces a review can't perform what the review is about, and acts on its
    own destinations only. It is the first event of a tree of its own, so that it costs the asker's budget nothing. It
    holds no link, by which any reader could decide. Pure.
    """
    # Else an agent that fails at telling, and asks what to do now, would be told of that, for ever. The tree is what
    # the asker's grant was minted for, so it cannot be called otherwise.
    if announces(review.event.correlationid):
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
    grant = Grant(child.id, child.id, frozenset(), int(now), int(now) + LIFETIME)
    return replace(child, correlationid=child.id, hops=0, entities=[], grant=mint(grant, key))
