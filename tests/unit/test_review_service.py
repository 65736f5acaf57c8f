"""The review service: what it opens, decides, lets expire and publishes, whatever breaks in between."""

import json

import pytest
from botocore.exceptions import ClientError

from functions.core.authority.grants import LIFETIME, check
from functions.core.events.bus import Bus
from functions.core.events.event import LONGEST_ID, Event, child_id
from functions.core.platform.errors import BudgetExceeded, Denied, RetryableError
from functions.core.reviews.notices import LONGEST_QUESTION, Notices, notice
from functions.core.reviews.review import Refused, Voter, review_id
from functions.core.reviews.schedules import Schedules
from functions.core.reviews.service import ReviewService
from functions.core.reviews.store import MOST_PER_TREE, Reviews

LINK_KEY = "the key of links in these tests, 32 or more"
URL = "https://reviews.example"
QUESTION = child_id("stripe:evt_1", "agent.fraud", "approval.required")
ADA, BOB = (Voter(f"arn:aws:iam::111122223333:user/{name}", (name,)) for name in ("ada", "bob"))


class Client:
    """An AWS client that keeps its calls' arguments; `refuses` is raised instead."""

    def __init__(self):
        self.calls = []
        self.refuses = None

    def __getattr__(self, method):
        def call(**arguments):
            if self.refuses:
                raise self.refuses
            self.calls.append(arguments)
            return {}

        return call


@pytest.fixture
def scheduler():
    return Client()


@pytest.fixture
def sns():
    return Client()


@pytest.fixture
def reviews(dynamodb, table):
    return Reviews(dynamodb, table("reviews"))


@pytest.fixture
def make_service(reviews, eventbridge, make_audit, scheduler, sns, grant_key, clock):
    """A review service on the test's account."""

    def make(announces=False):
        return ReviewService(
            reviews,
            Bus(eventbridge, "hookline"),
            make_audit("service.reviews"),
            Schedules(scheduler, "hookline-reviews", "arn:clock", "arn:role"),
            Notices(sns, "arn:topic"),
            grant_keys=[grant_key],
            link_keys=[LINK_KEY],
            url=URL,
            clock=clock,
            announces=announces,
        )

    return make


@pytest.fixture
def service(make_service):
    return make_service()


@pytest.fixture
def asked(service, make_question):
    """Opens a review; fields of the question's data may be changed."""

    def ask(**changes):
        question = make_question(**changes)
        service.open(question)
        return review_id(question.id)

    return ask


@pytest.fixture
def decide(service, reviews):
    """Decides on what is shown."""

    def say(id, do, voter=ADA, note=""):
        shown = reviews.get(id)
        return service.decide(id, do, voter, note, shown.action_digest, shown.state_digest)

    return say


@pytest.fixture
def token(service):
    """The token of a link for eve, issued by bob."""
    return lambda id: service.link(id, "eve", BOB).removeprefix(f"{URL}/reviews/")


@pytest.fixture
def use(service):
    """Opens a link's page and sends its form."""

    def send(token, do="approve", **changes):
        review, form = service.behind(token)
        sent = {"form": form, "action": review.action_digest, "state": review.state_digest, **changes}
        return service.decide_by_link(token, sent["form"], do, "", sent["action"], sent["state"])

    return send


# opening


def test_opening_keeps_a_review_puts_it_on_record_schedules_its_end_and_tells_people(
    asked, reviews, audit_queue, scheduler, sns, clock
):
    """Once each."""
    id = asked()
    assert (reviews.get(id).status, reviews.get(id).notified) == ("open", clock.now)
    (record,) = audit_queue.records
    assert (record["kind"], record["resource"], record["action"]) == (
        "asked",
        f"review/{id}",
        "stripe:review.approve",
    )
    (schedule,) = scheduler.calls
    assert schedule["ScheduleExpression"] == "at(2026-09-21T15:15:00)"
    assert (schedule["Name"], schedule["GroupName"], schedule["ActionAfterCompletion"]) == (
        f"review-{id}",
        "hookline-reviews",
        "DELETE",
    )
    assert schedule["Target"] == {"Arn": "arn:clock", "RoleArn": "arn:role", "Input": json.dumps({"review": id})}
    assert len(sns.calls) == 1


def test_a_copy_of_the_question_opens_one_review(asked, dynamodb, audit_queue, scheduler, sns):
    """And tells nobody again."""
    assert asked() == asked()
    assert [item["status"]["S"] for item in dynamodb.scan(TableName="reviews")["Items"] if "status" in item] == ["open"]
    assert (audit_queue.kinds, len(scheduler.calls), len(sns.calls)) == (["asked"], 1, 1)


@pytest.mark.parametrize("broken", ["audit_queue", "scheduler", "sns"])
def test_what_breaks_while_opening_is_made_up_for_by_the_next_try(
    asked, reviews, make_question, audit_queue, scheduler, sns, client_error, request, broken
):
    """The message comes back, and nobody is left untold."""
    part = request.getfixturevalue(broken)
    part.refuses = client_error("InternalError")
    with pytest.raises(Exception, match="InternalError"):
        asked()
    id = review_id(make_question().id)
    assert (reviews.get(id).status, reviews.get(id).notified) == ("open", False)
    part.refuses = None
    asked()
    assert reviews.get(id).notified
    assert ("asked" in audit_queue.kinds, len(sns.calls)) == (True, 1)
    assert {call["Name"] for call in scheduler.calls} == {f"review-{id}"}


def test_agents_hear_of_a_review_once_with_a_grant_that_names_no_entity(
    make_service, make_question, eventbridge, grant_key, clock
):
    """And for nothing that the review is about."""
    for _ in range(2):
        make_service(announces=True).open(make_question())
    (said,) = eventbridge.events
    assert (said["type"], said["id"]) == (
        "review.opened",
        child_id(QUESTION, "review.service", "review.opened"),
    )
    granted = check(said["grant"], [grant_key], clock.now)
    assert (granted.entities, granted.event, granted.approval) == (frozenset(), said["id"], None)
    assert granted.correlation == said["correlationid"] == said["id"]
    assert said["causationid"] == QUESTION


def test_what_the_service_publishes_is_on_record_below_the_question(
    make_service, make_question, eventbridge, audit_queue, reviews
):
    """Its event's id, and the question as its parent, in the tree that asked: there an operator looks for it."""
    service = make_service(announces=True)
    service.open(make_question())
    shown = reviews.get(review_id(QUESTION))
    service.decide(shown.id, "deny", ADA, "", shown.action_digest, shown.state_digest)
    published = [record for record in audit_queue.records if record["kind"] == "published"]
    assert [(record["action"], record["event"]) for record in published] == [
        (event["type"], event["id"]) for event in eventbridge.events
    ]
    assert {(record["causation"], record["correlation"]) for record in published} == {(QUESTION, "stripe:evt_1")}
    about_the_question = [record for record in audit_queue.records if record["kind"] != "published"]
    assert {(record["event"], record["causation"]) for record in about_the_question} == {(QUESTION, "stripe:evt_1")}


def test_a_question_about_an_announcement_is_not_announced(
    make_service, make_event, make_grant, make_question, sns, eventbridge
):
    """Else an agent that fails at announcing, and asks what to do, would be woken by its own question without end."""
    tree = child_id(QUESTION, "review.service", "review.opened")
    deeper = child_id(tree, "agent.notifier", "payment.held")
    grant = make_grant(event=tree)
    for parent in (tree, deeper):
        event = make_event(id=parent, correlationid=tree, grant=grant)
        service = make_service(announces=True)
        service.open(make_question(event, action=None, proposal=""))
    assert (eventbridge.types, len(sns.calls)) == ([], 2)


def test_nobody_gets_a_second_mail_because_the_bus_refused(make_service, make_question, eventbridge, sns, client_error):
    """Agents are told first: what comes to them twice is known again, and a mail is not."""
    eventbridge.refuses = client_error("InternalError")
    with pytest.raises(RetryableError):
        make_service(announces=True).open(make_question())
    assert sns.calls == []
    eventbridge.refuses = None
    make_service(announces=True).open(make_question())
    assert len(sns.calls) == 1


def test_a_schedule_that_is_there_already_is_no_mistake(asked, scheduler, client_error):
    """The try before this one made it."""
    scheduler.refuses = client_error("ConflictException")
    asked()


def test_a_question_that_waited_too_long_in_its_queue_expires_at_once(asked, clock, eventbridge, scheduler, sns):
    """The agent hears of it; nobody is asked."""
    asked(expires=int(clock.now))
    assert (eventbridge.types, scheduler.calls, sns.calls) == (["review.expired"], [], [])


def test_an_agent_asks_people_only_so_often_in_one_tree(service, make_event, make_question, audit_queue, sns, reviews):
    """Whatever it calls its events; then its question is a dead letter, which is on record and raises an alarm."""

    def ask(number, tree):
        names = {"correlationid": tree, "causationid": tree}
        parent = make_event(id=f"stripe:evt_{number}", grant=make_event().grant, **names)
        question = make_question(parent, action=None, proposal="")
        service.open(question)
        return question

    questions = [ask(number, "stripe:evt_1") for number in range(MOST_PER_TREE)]
    with pytest.raises(BudgetExceeded, match="20 times"):
        ask(MOST_PER_TREE, "stripe:evt_1")
    refused = audit_queue.records[-1]
    assert (refused["kind"], refused["decision"], refused["resource"]) == ("refused", "BudgetExceeded", "agent.fraud")
    service.open(questions[0])  # a copy of one that was asked is no other question
    assert len(sns.calls) == MOST_PER_TREE


def test_the_answer_to_a_question_about_an_event_with_the_longest_id_can_be_read(
    service, decide, make_event, make_question, envelope_of, eventbridge
):
    """Ids do not grow from parent to child."""
    parent = make_event(id=f"stripe:{'1' * (LONGEST_ID - len('stripe:'))}")
    question = make_question(parent, action=None, proposal="")
    service.open(question)
    decide(review_id(question.id), "approve")
    (said,) = eventbridge.events
    assert Event.from_envelope(envelope_of(Event(**said))).causationid == question.id


def test_a_question_that_must_not_be_asked_is_on_record(service, make_event, make_question, audit_queue):
    """With why, and who asked it."""
    with pytest.raises(Denied):
        service.open(make_question(make_event(grant="forged.grant"), action=None, proposal=""))
    (record,) = audit_queue.records
    assert (record["kind"], record["resource"], record["correlation"]) == ("refused", "agent.fraud", "stripe:evt_1")
    assert record["reason"] == "the grant was not minted here"


# deciding


def test_an_approval_is_published_with_a_grant_for_this_one_action(
    asked, decide, eventbridge, make_event, grant_key, clock
):
    """A fresh one, of the same entities, because of the review service's event."""
    id = asked()
    clock.now += 600
    decided = decide(id, "approve", note="known customer")
    assert decided.status == "approved"
    (said,) = eventbridge.events
    event = Event.from_envelope({"source": "review.service", "detail-type": "review.approved", "detail": said})
    assert event.id == child_id(QUESTION, "review.service", "review.approved")
    assert (event.correlationid, event.causationid, event.hops) == (
        "stripe:evt_1",
        QUESTION,
        2,
    )
    assert (event.subject, event.entities) == (make_event().subject, make_event().entities)
    assert event.data == {
        "review": id,
        "agent": "fraud",
        "action": {"connector": "stripe", "operation": "review.approve", "arguments": {"review": "prv_Example"}},
        "evidence": {"score": 0.81},
        "by": [ADA.name],
        "note": "known customer",
    }
    grant = check(event.grant, [grant_key], clock.now)
    assert (grant.event, grant.correlation, grant.entities) == (event.id, "stripe:evt_1", frozenset(event.entities))
    assert (grant.issued, grant.expires) == (int(clock.now), int(clock.now) + LIFETIME)
    assert (grant.approval.review, grant.approval.agent, grant.approval.approvers) == (id, "fraud", [ADA.name])
    assert (grant.approval.action, grant.approval.state) == (decided.action_digest, decided.state_digest)


def test_a_denial_hands_on_the_grant_that_the_agent_had(asked, decide, eventbridge, make_event, grant_key, clock):
    """It approves of nothing."""
    decide(asked(), "deny", note="fraud")
    (said,) = eventbridge.events
    assert (said["type"], said["data"]["by"], said["data"]["note"]) == ("review.denied", [ADA.name], "fraud")
    assert said["grant"] == make_event().grant
    assert check(said["grant"], [grant_key], clock.now).approval is None


def test_a_double_click_publishes_once_and_says_what_was_decided(asked, decide, eventbridge):
    """The second is refused."""
    id = asked()
    decide(id, "approve")
    with pytest.raises(Refused, match="was approved by"):
        decide(id, "approve")
    assert eventbridge.types == ["review.approved"]


def test_the_first_of_two_people_publishes_nothing(asked, decide, eventbridge, make_proposal, audit_queue):
    """The second does, and both are in the event and its grant."""
    id = asked(proposal=make_proposal(approvers=2))
    assert decide(id, "approve", ADA).status == "open"
    assert (eventbridge.events, audit_queue.records[-1]["reason"]) == ([], "1 of 2")
    assert decide(id, "approve", ADA).status == "open"
    assert audit_queue.records[-1]["reason"] == "1 of 2, the same person again"
    assert decide(id, "approve", BOB).status == "approved"
    assert [event["data"]["by"] for event in eventbridge.events] == [[ADA.name, BOB.name]]


def test_what_was_not_shown_cannot_be_approved(asked, service, eventbridge):
    """The review service compares what the operator saw."""
    with pytest.raises(Refused, match="look at it again"):
        service.decide(asked(), "approve", ADA, "", "other", "other")
    assert eventbridge.events == []


@pytest.mark.parametrize(("id", "do"), [("0" * 12, "approve"), (None, "postpone")])
def test_what_is_no_decision_is_refused(asked, service, id, do):
    """No such review, no such word."""
    with pytest.raises(Refused):
        service.decide(id or asked(), do, ADA, "", "", "")


def test_a_decision_is_on_record_before_the_agent_hears_of_it(asked, decide, eventbridge, audit_queue, client_error):
    """While the audit queue takes nothing, nothing is published."""
    id = asked()
    audit_queue.refuses = RetryableError("the audit queue cannot be reached")
    with pytest.raises(RetryableError):
        decide(id, "approve")
    assert eventbridge.events == []


# crashes between writing and publishing


@pytest.mark.parametrize("do", ["approve", "deny"])
def test_a_crash_between_writing_and_publishing_is_made_up_for_by_the_sweep(
    asked, decide, service, reviews, eventbridge, do
):
    """The decision stands, and its event has the id that it would have had."""
    id = asked()
    eventbridge.refuses = RetryableError("the bus is down")
    with pytest.raises(RetryableError):
        decide(id, do)
    assert (reviews.get(id).status, eventbridge.events) == ("decided", [])
    eventbridge.refuses = None
    service.sweep()
    (event,) = eventbridge.events
    assert event["id"] == child_id(QUESTION, "review.service", event["type"])
    assert event["data"]["by"] == [ADA.name]
    assert reviews.get(id).status == {"approve": "approved", "deny": "denied"}[do]


def test_whoever_decides_after_a_crash_publishes_what_was_decided(asked, decide, eventbridge):
    """Their own word is refused."""
    id = asked()
    eventbridge.refuses = RetryableError("the bus is down")
    with pytest.raises(RetryableError):
        decide(id, "approve")
    eventbridge.refuses = None
    with pytest.raises(Refused, match="was approved"):
        decide(id, "deny", BOB)
    assert eventbridge.types == ["review.approved"]


def test_a_crash_between_publishing_and_marking_publishes_the_same_event_again(
    asked, decide, service, reviews, eventbridge, monkeypatch
):
    """Agents know an event by its id, so for them it is one."""
    id, change = asked(), reviews.change

    def crash(id, by):
        if reviews.get(id).decision:
            raise RuntimeError("the function was ended")
        return change(id, by)

    monkeypatch.setattr(reviews, "change", crash)
    with pytest.raises(RuntimeError):
        decide(id, "approve")
    monkeypatch.setattr(reviews, "change", change)
    service.sweep()
    assert len({event["id"] for event in eventbridge.events}) == 1
    assert (len(eventbridge.events), reviews.get(id).status) == (2, "approved")


def test_the_sweep_publishes_nothing_twice(asked, decide, service, eventbridge):
    """What is published is marked."""
    decide(asked(), "approve")
    service.sweep()
    assert eventbridge.types == ["review.approved"]


def test_the_sweep_goes_on_after_one_that_fails(asked, service, clock, eventbridge, make_event, make_grant, reviews):
    """And tells which one."""
    ids = []
    for number in (1, 2):
        event = f"stripe:evt_{number}"
        parent = make_event(id=event, correlationid=event, grant=make_grant("x", event=event))
        ids.append(asked(parent=parent, action=None, proposal=""))
    clock.now += 3600
    put, refused = eventbridge.put_events, []

    def refuse_first(Entries):
        if not refused:
            refused.append(json.loads(Entries[0]["Detail"])["data"]["review"])
            raise RetryableError("the bus is down")
        return put(Entries)

    eventbridge.put_events = refuse_first
    with pytest.raises(RetryableError, match=r"not finished: \w{12}$"):
        service.sweep()
    assert refused[0] in ids
    assert {reviews.get(id).status for id in ids} == {"decided", "expired"}


# expiry


def test_a_review_expires_when_its_time_is_over(asked, service, eventbridge, clock, audit_queue):
    """A clock that is moved is enough to see it."""
    id = asked()
    clock.now += 3599.999
    with pytest.raises(RetryableError):
        service.expire(id)
    assert eventbridge.events == []
    clock.now += 0.001
    service.expire(id)
    assert (eventbridge.types, audit_queue.kinds[-2:]) == (["review.expired"], ["expired", "published"])
    assert eventbridge.events[0]["data"]["by"] == []


def test_the_declared_default_may_be_approval(asked, service, eventbridge, clock, grant_key):
    """Nobody approved, and the grant says so."""
    id = asked(otherwise="approve")
    clock.now += 3600
    service.expire(id)
    (event,) = eventbridge.events
    assert (event["type"], event["data"]["by"]) == ("review.approved", ["default"])
    grant = check(event["grant"], [grant_key], clock.now)
    assert grant.approval.approvers == ["default"]
    assert grant.issued == int(clock.now) - 3600  # the tree is as old as it was: only a person's word makes it young
    assert grant.event == "stripe:evt_1"  # and what was done because of that event is done


@pytest.mark.parametrize("told_after", [None, 1], ids=["nobody was told", "told a second late"])
def test_nothing_is_approved_by_the_silence_of_people_who_were_not_told_in_time(
    asked, service, sns, eventbridge, clock, client_error, told_after
):
    """Whatever kept the notice back, an outage or something in the question itself."""
    sns.refuses = client_error("InternalError")
    with pytest.raises(ClientError):
        asked(otherwise="approve")
    if told_after:
        sns.refuses, clock.now = None, clock.now + told_after
        asked(otherwise="approve")
    clock.now += 3600
    service.sweep()
    assert eventbridge.types == ["review.expired"]


def test_a_schedule_that_comes_twice_or_after_a_decision_does_nothing(asked, decide, service, eventbridge, clock):
    """What people decided stands."""
    id = asked()
    decide(id, "deny")
    clock.now += 3600
    service.expire(id)
    service.expire(id)
    assert eventbridge.types == ["review.denied"]


def test_nobody_decides_after_the_expiry_though_the_schedule_is_late(asked, decide, service, eventbridge, clock):
    """And the default then happens."""
    id = asked()
    clock.now += 3600
    with pytest.raises(Refused, match="expired"):
        decide(id, "approve")
    assert eventbridge.events == []
    service.sweep()
    assert eventbridge.types == ["review.expired"]


def test_the_sweep_leaves_alone_what_waits(asked, service, reviews, eventbridge, clock):
    """Until its time."""
    id = asked()
    clock.now += 3599
    service.sweep()
    assert (reviews.get(id).status, eventbridge.events) == ("open", [])


def test_a_schedule_of_a_review_that_is_gone_does_nothing(service, reviews):
    """There is nobody to tell."""
    service.expire("0" * 12)


# links


def test_a_link_decides_as_the_one_it_was_made_for(asked, token, use, eventbridge, audit_queue):
    """Its making is on record, with who made it."""
    use(token(asked()))
    assert eventbridge.events[0]["data"]["by"] == ["link:eve"]
    (linked,) = (record for record in audit_queue.records if record["kind"] == "linked")
    assert (linked["decision"], linked["reason"]) == (BOB.name, "for eve")


def test_looking_at_a_link_decides_nothing_and_uses_nothing_up(asked, token, use, service, reviews):
    """Mail scanners follow every link, as often as they like."""
    id = asked()
    link = token(id)
    for _ in range(3):
        assert service.behind(link)[0].id == id
    assert reviews.get(id).status == "open"
    assert use(link).decision.by == ("link:eve",)


def test_a_link_is_good_for_one_decision(asked, token, use, service, make_proposal, eventbridge):
    """Also where the review waits for another person."""
    id = asked(proposal=make_proposal(approvers=2))
    link = token(id)
    shown, form = service.behind(link)
    assert use(link).status == "open"
    assert service.behind(link) is None
    for do in ("approve", "deny"):
        assert service.decide_by_link(link, form, do, "", shown.action_digest, shown.state_digest) is None
    assert eventbridge.events == []


def test_a_link_of_a_decided_review_leads_nowhere(asked, token, use, decide, service):
    """Whoever decided."""
    id = asked()
    link = token(id)
    decide(id, "deny")
    assert service.behind(link) is None


def test_a_link_ends_with_its_review(asked, token, service, clock):
    """A form that was open then is too late too."""
    link = token(asked())
    shown, form = service.behind(link)
    clock.now += 3600
    assert service.behind(link) is None
    assert service.decide_by_link(link, form, "approve", "", shown.action_digest, shown.state_digest) is None


def test_a_forged_link_leads_nowhere(asked, token, service):
    """Whatever is changed in it."""
    link = token(asked())
    payload, mac = link.split(".")
    other = "B" if mac.endswith("A") else "A"
    for forged in (
        payload,
        f"{payload}.",
        f"{payload}.{mac[:-1]}{other}",
        f"x{payload}.{mac}",
        f".{mac}",
        "",
        "ü",
        "a.b.c",
    ):
        assert service.behind(forged) is None
        assert service.decide_by_link(forged, "form", "approve", "", "", "") is None


def test_a_form_is_no_link_and_a_link_no_form(asked, token, use, service):
    """Both hold the same fields and are signed with the same key."""
    link = token(asked())
    _, form = service.behind(link)
    assert service.behind(form) is None
    assert use(link, form=link) is None
    assert use(link, form=form) is not None


def test_a_link_signed_with_another_key_leads_nowhere(asked, token, service, grant_key):
    """The grant key signs no links."""
    from functions.core.reviews import links

    link = links.read(token(asked()), [LINK_KEY], 0)
    assert service.behind(links.mint(link, grant_key)) is None


def test_a_link_decides_on_its_own_review_alone(
    asked, token, use, service, reviews, make_event, make_grant, make_proposal
):
    """The form of one page is none of another's, and neither are its digests."""
    other_event = "stripe:evt_2"
    parent = make_event(id=other_event, correlationid=other_event, grant=make_grant("x", event=other_event))
    other = asked(
        parent=parent, proposal=make_proposal(event=other_event, correlation=other_event, state={"open": False})
    )
    mine = asked()
    _, others_form = service.behind(token(other))
    link = token(mine)
    assert use(link, form=others_form) is None
    assert use(link, state=reviews.get(other).state_digest) is None
    assert (reviews.get(mine).status, reviews.get(other).status) == ("open", "open")


def test_nothing_but_approve_and_deny_can_be_done_by_link(asked, token, use):
    """A link makes no links."""
    assert use(token(asked()), do="link") is None


@pytest.mark.parametrize("name", ["", "x" * 65, "a/b", "a\nb", "<b>"])
def test_a_link_is_for_somebody_with_a_plain_name(asked, service, name):
    """It goes on record."""
    with pytest.raises(Refused, match="for somebody"):
        service.link(asked(), name, BOB)


def test_no_link_is_made_for_a_closed_review(asked, decide, service):
    """It would lead nowhere."""
    id = asked()
    decide(id, "deny")
    with pytest.raises(Refused, match="was denied"):
        service.link(id, "eve", BOB)


# notices


def test_a_notice_says_what_to_decide_and_how_and_holds_no_evidence(asked, sns):
    """Nor the agent's reasons: mail is forwarded and kept."""
    id = asked(why="the reason of the agent", evidence={"secret": "what it saw"})
    (sent,) = sns.calls
    text = sent["Message"]
    assert "Agent fraud asks: Zulässig?" in text
    assert 'stripe review.approve {"review": "prv_Example"}' in text
    assert "2026-09-21T15:15:00.000000Z; then it is not done" in text
    assert f"hookline reviews approve {id} --aws" in text
    assert "the reason" not in text and "secret" not in text and "what it saw" not in text
    assert (len(sent["Subject"]) <= 100, sent["Subject"].isascii()) == (True, True)


def test_the_link_in_a_notice_decides(asked, sns, use, eventbridge):
    """As nobody in particular."""
    asked()
    link = sns.calls[0]["Message"].rpartition("/reviews/")[2]
    use(link)
    assert eventbridge.events[0]["data"]["by"] == ["link:notice"]


def test_a_notice_holds_no_link_where_two_people_must_approve(asked, sns, make_proposal):
    """Whoever reads it may be one of them already."""
    asked(proposal=make_proposal(approvers=2))
    assert URL not in sns.calls[0]["Message"]
    assert "2 people" in sns.calls[0]["Message"]


def test_text_from_outside_cannot_pass_for_a_line_or_a_link_of_ours(asked, reviews):
    """In a notice's question."""
    said = "Yes?\nDecide:   https://evil.example/approve or www.evil.example\r\n"
    review = reviews.get(asked(question=said + "x" * 500))
    first, *others = notice(review, "").splitlines()
    assert "Yes? Decide: https: //evil. example/approve or www. evil. example" in first
    assert len(first) <= len("Agent fraud asks: ") + LONGEST_QUESTION
    assert not any("evil" in line for line in others)
