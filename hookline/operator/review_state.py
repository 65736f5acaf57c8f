"""The state that a review's action would meet now, beside the state that people are shown."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.gate.reviewed_state import ASKS
from functions.core.reviews.review import Review
from functions.core.reviews.signed_facts import spelled
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError
from hookline.operator.reviews import stored
from infra import naming


def compared(account: Account, id: str) -> dict[str, Any]:
    """The state then and now, ready for JSON: `rows` with the `name`, `then`, `now` and whether they are the `same`.

    The connector reads the state at the provider, by the proposal that it signed. If it cannot, `known` is False, `why`
    says why, and there are no rows: what was then is never shown as what is now. Raises OperatorError for an unknown
    review.
    """
    review = stored(account, id)
    if review.proposal is None or not review.proposal.state:
        return _unknown("the action has no state" if review.proposal else "a person performs the action")
    try:
        found = _read(account, review)
    except OperatorError as error:
        return _unknown(str(error))
    rows = [
        {
            "name": name,
            "then": _text(review.proposal.state, review.proposal.amounts.get("state", {}), name),
            "now": _text(found["state"], found["amounts"], name),
            "same": name in found["state"] and found["state"][name] == review.proposal.state.get(name),
        }
        for name in dict.fromkeys([*review.proposal.state, *found["state"]])
    ]
    return {"known": True, "why": "", "rows": rows, "same": all(row["same"] for row in rows)}


def _read(account: Account, review: Review) -> Mapping[str, Any]:
    token, connector = review.request.get("proposal"), review.proposal.action.connector if review.proposal else ""
    try:
        answer = account.client("lambda").invoke(
            FunctionName=naming.connector(connector), Payload=json.dumps({ASKS: token})
        )
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"connector {connector} cannot be invoked: {error}") from None
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperatorError(f"connector {connector} failed: {said.get('errorMessage', 'see its log')}")
    if "error" in said:
        raise OperatorError(str(said["error"].get("message", "connector gave no reason")))
    found: Mapping[str, Any] = said["result"]
    return found


def _unknown(why: str) -> dict[str, Any]:
    return {"known": False, "why": why, "rows": [], "same": False}


def _text(state: Mapping[str, Any], amounts: Mapping[str, str], name: str) -> str:
    if name not in state:
        return "missing"
    text = spelled(state[name])
    return f"{amounts[name]} ({text})" if name in amounts else text
