"""Reads reviews, and decides on them through the review service, with the identity of the operator's credentials."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from botocore.auth import SigV4Auth
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.reviews import proof
from functions.core.reviews.review import Review, refuse_closed
from functions.core.reviews.shown import shown
from functions.core.reviews.store import Reviews
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError, UnknownId
from hookline.operator.ids import complete
from hookline.operator.review_outcome import outcome
from hookline.operator.trail import Trail
from infra import naming

WAITING = ("open", "decided")
OVER = ("approved", "denied", "expired")

_PREFIX = re.compile(r"[0-9a-f]{4,11}")  # of a complete id, the list is not read


def listed(account: Account, everything: bool) -> Iterator[Mapping[str, Any]]:
    """The reviews that wait for people or whose agent is not informed yet; with `everything` also the closed ones."""
    reviews = _reviews(account)
    for status in (*WAITING, *(OVER if everything else ())):
        yield from (shown(review) for review in _read(lambda status=status: list(reviews.with_status(status))))


def some(account: Account, everything: bool, most: int) -> list[Mapping[str, Any]]:
    """The first `most` of `listed`. Of the closed reviews, of which there are ever more, the newest come first."""
    reviews = _reviews(account)

    def found() -> list[Mapping[str, Any]]:
        rows = islice((one for status in WAITING for one in reviews.with_status(status)), most)
        over = (one for status in OVER for one in reviews.with_status(status, newest=True, most=most))
        closed = sorted(over, key=lambda one: one.opened, reverse=True) if everything else []
        return [shown(review) for review in [*rows, *closed][:most]]

    return list(_read(found))


def find(account: Account, id: str) -> Mapping[str, Any]:
    """One review, by its id or an unambiguous prefix of it; with the `outcome` of its action if that was approved.

    Raises OperatorError if none matches, or more than one.
    """
    review = stored(account, id)
    if review.decision is None:
        return shown(review)
    trail = Trail(account.client("dynamodb"))
    try:
        became = outcome(review, trail.of_correlation(review.event.correlationid))
    except (ClientError, BotoCoreError) as error:  # who may decide need not be one who may read the trail
        became = {"is": "not readable", "words": f"the audit trail cannot be read: {error}"}
    return {**shown(review), **({"outcome": became} if became else {})}


def waiting(account: Account, id: str, now: float) -> Mapping[str, Any]:
    """The same for a review that can be decided; `now` is in unix seconds. Raises also Refused, if it is closed."""
    review = stored(account, id)
    refuse_closed(review, now)
    return shown(review)


def refuse_changed(review: Mapping[str, Any], seen: Mapping[str, str]) -> None:
    """Raise OperatorError unless the review is what somebody saw; `seen` has its `action_digest` and `state_digest`."""
    if any(review[name] != seen.get(name) for name in ("action_digest", "state_digest")):
        raise OperatorError("the review is not what was shown: look at it again, then decide")


def decide(account: Account, review: Mapping[str, Any], do: str, note: str = "") -> Mapping[str, Any]:
    """Approve or deny a review as it was shown. Raises OperatorError if the service does not accept the decision."""
    return _ask_service(account, {"review": review["id"], "do": do, "note": note, **_digests(review)})["review"]


def link(account: Account, review: Mapping[str, Any], name: str) -> str:
    """A link with which `name` can decide once. Raises OperatorError if the review service refuses it."""
    return _ask_service(account, {"review": review["id"], "do": "link", "for": name, **_digests(review)})["link"]


def _digests(review: Mapping[str, Any]) -> dict[str, str]:
    """The digests of what was shown; the review service compares them with its own."""
    action, state = review["action"], review["state"]
    return {"action": Action(**action).digest if action else "", "state": digest(state) if state else ""}


def _ask_service(account: Account, payload: Mapping[str, str]) -> dict[str, Any]:
    function = f"{naming.service('reviews')}:{naming.DECISIONS}"
    body = json.dumps({**payload, "proof": prove(account, payload)})
    try:
        answer = account.client("lambda").invoke(FunctionName=function, Payload=body)
    except ReadTimeoutError:
        raise OperatorError(
            f"the review service did not respond: see 'hookline reviews show {payload['review']}'"
        ) from None
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the review service cannot be invoked: {error}") from None
    answered = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperatorError(f"the review service failed: {answered.get('errorMessage', 'see its log')}")
    if "refused" in answered:
        raise OperatorError(answered["refused"])
    if "failed" in answered:
        raise OperatorError(f"{answered['failed']}; 'hookline reviews show {payload['review']}' shows the result")
    return answered


def prove(account: Account, payload: Mapping[str, str]) -> dict[str, str]:
    """The signature of a GetCallerIdentity that holds this decision; the review service sends it to STS."""
    statement = proof.statement(
        payload["do"],
        payload["review"],
        note=payload.get("note", ""),
        action=payload["action"],
        state=payload["state"],
        name=payload.get("for", ""),
    )
    sts = account.client("sts")
    request = proof.request(proof.endpoint(sts), statement)
    try:
        SigV4Auth(account.credentials(), "sts", sts.meta.region_name).add_auth(request)
    except BotoCoreError as error:
        raise OperatorError(f"your AWS credentials cannot sign: {error}") from None
    signed = {name.lower(): value for name, value in request.headers.items()}
    return {name: signed[name] for name in proof.HANDED_OVER if name in signed}


def stored(account: Account, id: str) -> Review:
    """A review as it is stored, by its id or an unambiguous prefix of it. Raises OperatorError as `find` does."""
    reviews = _reviews(account)
    typed = id.lower()
    if _PREFIX.fullmatch(typed):
        known = {one["id"]: f"{one['status']}, of {one['agent']}" for one in listed(account, everything=True)}
        typed = complete(id, known, "reviews") or typed
    review: Review | None = _read(lambda: reviews.get(typed))
    if review is None:
        raise UnknownId("review", id, "hookline reviews")
    return review


def _reviews(account: Account) -> Reviews:
    return Reviews(account.client("dynamodb"), naming.REVIEWS_TABLE)


def _read(read: Any) -> Any:
    try:
        return read()
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the reviews cannot be read: {error}") from None
