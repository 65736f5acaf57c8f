"""The review service: opens reviews, accepts decisions, expires reviews, and publishes what they led to.

A decision is stored first, with one conditional write; then it is recorded; then its event is published; then the
review is marked as published. After a crash in between, the next call continues from there: the sweep, within minutes,
or another decision on that review.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from functions.core.audit.records import Audit, about
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.events.reviews import APPROVAL_REPORTED
from functions.core.platform.errors import PermanentError, RetryableError
from functions.core.platform.log import log, place
from functions.core.platform.times import Clock
from functions.core.reviews import links, review, settling
from functions.core.reviews.announcement import announcement
from functions.core.reviews.answer import answer
from functions.core.reviews.links import Link
from functions.core.reviews.notices import AWS, Notices
from functions.core.reviews.opening import opened
from functions.core.reviews.review import Refused, Review, Voter, refuse_unseen
from functions.core.reviews.schedules import Schedules
from functions.core.reviews.store import Reviews

LONGEST_NOTE = 1000
# The issuer of the link in a notice.
SERVICE = "service.reviews"

_NAME = re.compile(r"[\w .+@-]{1,64}")


class ReviewService:
    """What the handler calls; `grant_keys` and `link_keys` are the valid keys, the newest first.

    With `announces`, each review is also announced to agents; `where` is the one of `notice`.
    """

    def __init__(
        self,
        reviews: Reviews,
        bus: Bus,
        audit: Audit,
        schedules: Schedules,
        notices: Notices,
        grant_keys: Sequence[str],
        link_keys: Sequence[str],
        url: str,
        clock: Clock,
        new_id: Callable[[], str],
        announces: bool = False,
        where: str = AWS,
    ) -> None:
        self._reviews = reviews
        self._bus = bus
        self._audit = audit
        self._schedules = schedules
        self._notices = notices
        self._grant_keys = grant_keys
        self._link_keys = link_keys
        self._url = url
        self._clock = clock
        self._new_id = new_id
        self._announces = announces
        self._where = where

    def receive(self, event: Event) -> None:
        """Handle an agent's event: a question, or a report on what was approved. Raises as `open` and `report` do."""
        (self.report if event.type == APPROVAL_REPORTED else self.open)(event)

    def open(self, event: Event) -> None:
        """Open a review for an approval.required event and notify people; a copy of the event changes nothing.

        Raises PermanentError if it must not be opened, and records that.
        """
        try:
            review = opened(event, self._grant_keys, self._clock())
            kept = self._reviews.open(settling.asked_before(review, self._reviews.get))
        except PermanentError as error:
            self._refused(event, error)
            raise
        if kept.notified:
            return
        self._record("asked", kept)
        self._audit.flush()
        notified = self._clock()
        if notified < kept.expires:
            self._schedules.wake(kept, kept.expires)
            self._announce(replace(kept, notified=notified))
        self._reviews.change(kept.id, lambda now: replace(now, notified=notified))
        if self._clock() >= kept.expires:
            self.expire(kept.id)

    def _announce(self, waiting: Review) -> None:
        # The event first: a copy of it is recognized, a second mail is not.
        if self._announces and (event := announcement(waiting, self._grant_keys[0], self._clock(), self._where)):
            self._publish(event, waiting)
        self._notices.send(waiting, self._link_for_notice(waiting))

    def decide(self, id: str, do: str, voter: Voter, note: str, action: str, state: str) -> Review:
        """Count a person's decision: `do` is approve or deny, `action` and `state` are digests of what they were shown.

        Returns the review after it. Raises Refused if the decision does not count; `refuse` records that.
        """
        how = {"approve": review.approve, "deny": review.deny}.get(do)
        if how is None or len(note) > LONGEST_NOTE:
            raise Refused(f"a decision is to approve or to deny, with a note of at most {LONGEST_NOTE} characters")
        before = self._found(id)
        again = False

        def count(now: Review) -> Review:
            nonlocal again
            refuse_unseen(now, action, state)
            counted = how(now, voter, note, self._clock())
            again = counted == now
            return counted

        try:
            after = self._reviews.change(id, count) or before
        except Refused:
            self.finish(self._found(id))
            raise
        if after.decision is None:
            agreed = f"{len(after.approvals)} of {after.needed}{', the same person again' if again else ''}"
            self._record("approved", after, decision=voter.name, reason=agreed)
            self._audit.flush()
        return self.finish(after)

    def refuse(self, id: str, who: str, error: Refused) -> None:
        """Record that `who` was refused, "" if unknown."""
        self._record("refused", self._reviews.get(id), decision=who, reason=str(error))
        self._audit.flush()

    def expire(self, id: str) -> None:
        """Apply the default, unless people decided; if they approved and no report came, say that nobody knows.

        Raises RetryableError before the review expires.
        """
        expired = self._reviews.change(id, lambda now: review.expire(now, self._clock()))
        if expired and settling.is_late(self.finish(expired), self._clock()):
            self._settle(expired, "unknown", settling.NO_REPORT)

    def report(self, event: Event) -> None:
        """Publish what became of an approved action, as the agent that performed it reports it; once for each outcome.

        Raises PermanentError if the report is not of an approval that the agent was given, and records that.
        """
        try:
            data = catalogue.check(event.type, event.data)
            found = settling.reported(event, data, self._reviews.get(data["review"]), self._grant_keys, self._clock())
        except PermanentError as error:
            self._refused(event, error)
            raise
        self._settle(found, data["outcome"], data["reason"])

    def _settle(self, of: Review, outcome: str, reason: str) -> None:
        if not settling.changes(of, outcome):
            return
        self._record("settled", of, decision=outcome, reason=reason)
        self._audit.flush()
        self._publish(settling.settled(of, outcome, reason, self._grant_keys[0], self._clock()), of)
        self._reviews.change(
            of.id, lambda now: replace(now, settled=outcome) if settling.changes(now, outcome) else now
        )

    def sweep(self) -> None:
        """Publish decisions that were not published, and expire reviews whose schedule did not.

        Raises RetryableError at the end if any of them failed; the others are done.
        """
        late = self._reviews.with_status("open", expired_by=self._clock())
        failed = []
        for undone in [*self._reviews.with_status("decided"), *late]:
            try:
                self.expire(undone.id)
            except Exception as error:  # noqa: BLE001 - no failure may stop the others
                log.error("a review was not finished", review=undone.id, reason=place(error))
                failed.append(undone.id)
        if failed:
            raise RetryableError(f"reviews not finished: {', '.join(failed)}")

    def link(self, id: str, name: str, issuer: Voter) -> str:
        """A link by which `name` may decide once, issued by `issuer`. Raises Refused if the review is closed."""
        if not _NAME.fullmatch(name):
            raise Refused("a link is for somebody: 1 to 64 letters, digits, spaces and _.+@-")
        found = self._found(id)
        review.refuse_closed(found, self._clock())
        self._record("linked", found, decision=issuer.name, reason=f"for {name}")
        self._audit.flush()
        return self._link(found, name, issuer.persons)

    def behind(self, token: str) -> tuple[Review, str] | None:
        """The open review of a link, and what the form on its page must hold; None if the link is not valid."""
        link = links.read(token, self._link_keys, self._clock())
        found = self._reviews.get(link.review) if link else None
        if link is None or found is None:
            return None
        try:
            review.refuse_closed(found, self._clock())
            review.refuse_used_link(found, _voter(link))
        except Refused:
            return None
        return found, links.form_of(link, self._link_keys[0])

    def decide_by_link(self, token: str, form: str, do: str, note: str, action: str, state: str) -> Review | None:
        """Count the decision of a link's holder, once. Returns None if the link or its form is invalid or refused."""
        now = self._clock()
        link = links.read(token, self._link_keys, now)
        if link is None or not links.is_form(form, link, self._link_keys, now):
            return None
        try:
            return self.decide(link.review, do, _voter(link), note, action, state)
        except Refused as error:
            self.refuse(link.review, _voter(link).name, error)
            return None

    def finish(self, decided: Review) -> Review:
        """Record and publish a decision, unless that was done. Returns the review."""
        if decided.decision is None or decided.published:
            return decided
        by, notes = " and ".join(decided.decision.by), decided.decision.note
        self._record(decided.decision.result, decided, decision=by, reason=notes)
        self._audit.flush()  # recorded before the agent receives it
        self._publish(answer(decided, self._grant_keys[0], self._clock()), decided)
        if settling.reports(decided):
            self._schedules.wake(decided, settling.late_at(decided), "report")
        return self._reviews.change(decided.id, lambda now: replace(now, published=True)) or decided

    def _publish(self, event: Event, of: Review) -> None:
        """Publish an event of a review; its record is in the tree of the question, where its cause is."""
        self._bus.publish([event])
        where = {"correlation": of.event.correlationid, "resource": f"review/{of.id}"}
        self._audit.record("published", action=event.type, **(about(event) | where))
        self._audit.flush()

    def _refused(self, event: Event, error: PermanentError) -> None:
        facts = about(event) | {"resource": event.source}
        self._audit.record("refused", decision=type(error).__name__, reason=str(error), **facts)
        self._audit.flush()

    def _found(self, id: str) -> Review:
        found = self._reviews.get(id)
        if found is None:
            raise Refused(f"there is no review {id}")
        return found

    def _link_for_notice(self, to: Review) -> str:
        # Any reader of the mail may also decide by name, so its link can't count as one of two people.
        return self._link(to, "notice", (SERVICE,)) if to.needed == 1 else ""

    def _link(self, to: Review, name: str, issuers: Sequence[str]) -> str:
        link = Link(to.id, name, tuple(issuers), to.expires, self._new_id())
        return f"{self._url}/reviews/{links.mint(link, self._link_keys[0])}"

    def _record(self, kind: str, of: Review | None, **what: Any) -> None:
        self._audit.record(kind, **((_facts(of) if of else {}) | what))


def _facts(of: Review) -> dict[str, Any]:
    action = of.proposal.action if of.proposal else None
    return about(of.event) | {
        "action": f"{action.connector}:{action.operation}" if action else "",
        "resource": f"review/{of.id}",
        "policies": tuple(of.proposal.policies) if of.proposal else (),
        "digests": {"action": of.action_digest, "state": of.state_digest} if action else {},
    }


def _voter(link: Link) -> Voter:
    name = f"link:{link.name}"
    return Voter(name, (name, *link.issuers), link.nonce)
