"""What agents get to hear of a review that was opened, so that they tell people of it: review.opened."""

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
    """The event about an open review, with the same id however often it is made; None where nobody is to hear of it.

    Its grant is good for the `channels` ("slack:channel/C…") and for nothing that the review is about: who tells of an
    action can't perform it. It is the first event of a tree of its own, so that telling costs the asker's nothing. It
    holds no link, which whoever read it could decide by. Pure.
    """
    # Else an agent that fails at telling, and asks what to do now, would be told of that, for ever. The tree is what
    # the asker's grant was minted for, so it cannot be called otherwise.
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
