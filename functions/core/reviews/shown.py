"""What people are shown of a review, on the command line and on a link's page."""

from dataclasses import asdict
from typing import Any

from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review


def shown(review: Review) -> dict[str, Any]:
    """Everything that somebody needs to decide, as JSON values.

    What the agent says (`agent_says`) is separate from what others vouch for: the connector for the action and the
    state, the verified delivery for the entities. The digests are what a decision must name.
    """
    decision = review.decision
    return {
        "id": review.id,
        "status": review.status,
        "agent": review.request["agent"],
        "action": asdict(review.proposal.action) if review.proposal else None,
        "entity": review.proposal.entity if review.proposal else "",
        "state": dict(review.state),
        "amounts": dict(review.proposal.amounts) if review.proposal else {},
        "policies": list(review.proposal.policies) if review.proposal else [],
        "needed": review.needed,
        "approved_by": [voter.name for voter in review.approvals],
        "opened": rfc3339(review.opened),
        "expires": rfc3339(review.expires),
        "default": review.default,
        "entities": list(review.entities),
        "correlation": review.event.correlationid,
        "agent_says": {name: review.request[name] for name in ("question", "why", "evidence")},
        "decision": {**asdict(decision), "at": rfc3339(decision.at)} if decision else None,
        "action_digest": review.action_digest,
        "state_digest": review.state_digest,
    }
