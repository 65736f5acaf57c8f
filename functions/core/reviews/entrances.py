"""The entrances of the review service, one for each kind of caller."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.authority.signing_keys import KeyNotKnownYet
from functions.core.platform.errors import HooklineError
from functions.core.reviews import people, proof
from functions.core.reviews.review import Refused
from functions.core.reviews.service import ReviewService
from functions.core.reviews.shown import shown


@dataclass(frozen=True)
class Entrances:
    """What operators, review links and EventBridge Scheduler may ask of `service`.

    `deciders` are patterns of the ARNs that may decide. `sts` returns the client of STS, whose address is part of a
    proof; `send` sends proofs to it.
    """

    service: ReviewService
    deciders: Sequence[str]
    sts: Callable[[], Any]
    send: proof.Send

    def decisions(self, payload: Mapping[str, Any], account: str) -> dict[str, Any]:
        """An operator decides or creates a link: {"review": …}, {"link": url}, {"refused": why} or {"failed": why}."""
        id, who = "", ""
        try:
            id, do, note, action, state, name = texts(payload, "review", "do", "note", "action", "state", "for")
            said = proof.statement(do, id, note=note, action=action, state=state, name=name)
            who = proof.principal(payload.get("proof"), said, proof.endpoint(self.sts()), self.send)
            voter = people.voter(who, account, self.deciders)
            if do == "link":
                return {"link": self.service.link(id, name, voter)}
            return {"review": shown(self.service.decide(id, do, voter, note, action, state))}
        except Refused as error:
            self.service.refuse(id, who, error)
            return {"refused": str(error)}
        except HooklineError as error:
            return {"failed": str(error)}

    def links(self, payload: Mapping[str, Any], account: str) -> dict[str, Any]:
        """The page of a link is requested, or its form sent: {"review": …, "form": …}, or {} if it is not valid.

        {"again": seconds} if that cannot be said yet: anybody can make a link up, so it is no failure of this function.
        """
        try:
            do, token, form, note, action, state = texts(payload, "do", "token", "form", "note", "action", "state")
        except Refused:
            return {}
        try:
            if do == "show":
                found = self.service.behind(token)
                return {"review": shown(found[0]), "form": found[1]} if found else {}
            decided = self.service.decide_by_link(token, form, do, note, action, state)
            return {"review": shown(decided)} if decided else {}
        except KeyNotKnownYet as error:
            return {"again": error.retry_after}

    def clock(self, payload: Mapping[str, Any], account: str) -> None:
        """EventBridge Scheduler reports that a review expires, or that it is time for the sweep."""
        if id := payload.get("review"):
            self.service.expire(id)
        else:
            self.service.sweep()


def texts(payload: Mapping[str, Any], *names: str) -> list[str]:
    """The texts of these names, "" for a missing one. Raises Refused if one is not text."""
    values = [payload.get(name, "") for name in names]
    if not all(isinstance(value, str) for value in values):
        raise Refused("malformed: every field must be text")
    return values
