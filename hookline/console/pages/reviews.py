"""Reviews: the inbox, and one review with what a person needs to choose."""

from collections.abc import Mapping
from typing import Any

from functions.core.reviews import agent_text, signed_facts
from hookline.console.page import Asked, Done, Page
from hookline.operator import review_state, reviews

page = Page("Reviews", order=40)

MOST = 200  # reviews of an inbox


@page.view("reviews.html", command="reviews", tool="list_reviews")
def inbox(asked: Asked) -> Mapping[str, Any]:
    """The reviews that wait; with `all` also those that are closed."""
    everything = asked.query.get("all") == "1"
    found = reviews.some(asked.account, everything, MOST)
    rows = [
        {
            "review": one,
            "amount": signed_facts.amount(one),
            "claimed": agent_text.amount(one["agent_says"]["evidence"]),
            "question": agent_text.question(one["agent_says"]).rows,
        }
        for one in found
    ]
    return {"rows": rows, "everything": everything, "most": MOST}


@page.view("review.html", "one", command="reviews show ID --now", tool="show_review")
def one(asked: Asked) -> Mapping[str, Any]:
    """One review: what is verified, what the agent says, and what became of it."""
    found = reviews.find(asked.account, asked.needs("id"))
    return {
        "review": found,
        "facts": signed_facts.facts(found),
        "said": agent_text.said(found["agent_says"]),
        "open": found["status"] == "open",
    }


@page.view("review_now.html", "now", command="reviews show ID --now", tool="review_state_now")
def now(asked: Asked) -> Mapping[str, Any]:
    """The state then and now; apart, because the connector asks the provider for it."""
    return {"state": review_state.compared(asked.account, asked.needs("id"))}


@page.act("approve", command="reviews approve ID", tool="decide_review")
def approve(asked: Asked) -> Done:
    """Approve exactly what was shown."""
    return _decide(asked, "approve")


@page.act("deny", command="reviews deny ID", tool="decide_review")
def deny(asked: Asked) -> Done:
    """Deny."""
    return _decide(asked, "deny")


def _decide(asked: Asked, do: str) -> Done:
    """Decide, if the review still is what the page showed: the form carries the digests of that."""
    review = reviews.waiting(asked.account, asked.needs("id"), asked.now)
    reviews.refuse_changed(review, asked.form)
    after = reviews.decide(asked.account, review, do, asked.form.get("note", ""))
    back = f"/reviews/one?id={after['id']}"
    if after["decision"]:
        return Done(f"{after['decision']['result']} by {' and '.join(after['decision']['by'])}", back)
    return Done(f"{len(after['approved_by'])} of {after['needed']} have approved; another person must too", back)
