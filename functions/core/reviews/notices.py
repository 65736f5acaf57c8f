"""Notices, which tell people that a review waits for them.

Mail is read by many, forwarded and stored. So a notice says what to decide, until when and how, and holds neither the
evidence nor the agent's reasons: that text comes from outside and may be about customers. It is shown where people
decide.
"""

import re
from collections.abc import Iterator
from typing import Any

from functions.core.platform.times import rfc3339
from functions.core.reviews.agent_text import question
from functions.core.reviews.review import Review
from functions.core.reviews.shown import shown
from functions.core.reviews.signed_facts import repeated

# Mail clients turn these into links: `://`, and a dot before a letter, as in www.example.com.
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=\w[.\u3002\uff0e\uff61])(?=[^\W\d])")
AWS = " --aws"


class Notices:
    """Publishes notices on an SNS topic; `where` is the one of `notice`."""

    def __init__(self, sns: Any, topic: str, where: str = AWS) -> None:
        self._sns = sns
        self._topic = topic
        self._where = where

    def send(self, review: Review, link: str) -> None:
        """Send the notice of a review; `link` is the address of its page, "" for none."""
        self._sns.publish(
            TopicArn=self._topic,
            Subject=f"Hookline: review {review.id} waits",
            Message=notice(review, link, self._where),
        )


def notice(review: Review, link: str, where: str = AWS) -> str:
    """The text of a notice; `where` is the command-line option that selects the stack. Pure."""
    otherwise = {"deny": "it is not done", "approve": "it is done without you"}[review.default]
    lines = [
        f"Agent {review.request['agent']} asks, in its own words:",
        *map(_unlinked, question(review.request).rows),
        "",
        "What you decide on:",
        *_facts(review),
        "",
        f"Needs:    {review.needed} {'person' if review.needed == 1 else 'people'}",
        f"Until:    {rfc3339(review.expires)}; then {otherwise}",
        "",
        f"Look:     hookline reviews show {review.id}{where}",
        f"Decide:   hookline reviews approve {review.id}{where}",
        f"          hookline reviews deny {review.id}{where}",
        *(["", f"Or, once, with this link, with which anybody who has it can decide: {link}"] if link else []),
    ]
    return "\n".join(lines)


def _facts(review: Review) -> Iterator[str]:
    """The signed facts; of the state, which may be about customers, the amounts alone."""
    known = shown(review)
    amounts = known["amounts"].get("state", {})
    for name, value in repeated({**known, "state": {path: known["state"][path] for path in amounts}}):
        # Names and operations are declared, and have dots of their own.
        yield f"{f'{name}:':<9} {value if name == 'action' else _unlinked(value)}"


def _unlinked(text: str) -> str:
    return _LINKS.sub(" ", text)
