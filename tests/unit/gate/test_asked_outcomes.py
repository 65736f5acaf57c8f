"""A mail: it goes to an address that the grant names, and never out twice unless a person says so."""

from dataclasses import replace

import pytest

from functions.core.authority.grants import DEFAULT, Approval
from functions.core.authority.proposals import check_proposal
from functions.core.gate.budgets import Budgets
from functions.core.gate.destinations import Destinations
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.outbound import Busy, OutcomeUnknown, OutOfTime, Refused, Unreachable
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.arguments import Text
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.action import Action
from functions.core.platform.errors import ApprovalNeeded, Denied, ManifestError

SEND = Operation(
    "email.send",
    kind="effect",
    entity="ses:sender/{identity}",
    also=["person:email/{recipient}"],
    takes={"recipient": Text(), "text": Text()},
    needs=["recipient"],
    idempotency="ask",
)
SES = ConnectorManifest(name="ses", owner="tests", operations=[SEND])
WRITER = AgentManifest(
    name="writer",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("lead.captured", ["webhook.typeform"])],
    uses=[Use("ses", ["email.send"], "tests", to=["sender"])],
)
SENDER, ADA = "ses:sender/us@example.com", "person:email/ada@example.com"
MAIL = {"identity": "us@example.com", "recipient": "ada@example.com", "text": "Hello"}
DIGEST = Action("ses", "email.send", MAIL).digest


class Mailbox:
    """Every mail that was taken; `fails` is raised by the next call, after the mail was taken if that was `taken`."""

    def __init__(self) -> None:
        self.mails: list[dict] = []
        self.fails: Exception | None = None
        self.taken = True

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        fails, self.fails = self.fails, None
        if fails is None or self.taken:
            self.mails.append(arguments)
        if fails:
            raise fails
        return {"message": "1"}


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def send(mailbox, dynamodb, table, make_audit, make_grant, grant_key, clock, new_id):
    """Asks for a mail; the grant names Ada's address unless told otherwise."""
    ledger, budgets = Ledger(dynamodb, table("ledger"), new_id), Budgets(dynamodb, table("budgets"))
    gate = Gate(
        SES,
        lambda alias: WRITER,
        lambda *_: PolicyDecision(Answer.PERMIT, ("all",)),
        lambda: [grant_key],
        mailbox,
        ledger,
        budgets,
        make_audit("connector.ses"),
        clock,
        Destinations({"sender": SENDER}),
    )

    def send(entities=(ADA,), arguments=MAIL, **grant):
        # A decision's grant is of the tree of the event that the agent asked about.
        minted = make_grant(*entities, **{"tree": "stripe:evt_1", **grant})
        asked = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "grant": minted, "deadline": clock.now + 20}
        return gate.handle(Request.read({"operation": "email.send", "arguments": arguments, **asked}), "writer").result

    return send


def test_a_mail_goes_to_an_address_that_the_event_names(send, mailbox):
    """A destination names the sender."""
    assert send() == {"message": "1"}
    assert [one["recipient"] for one in mailbox.mails] == ["ada@example.com"]


@pytest.mark.parametrize(
    "entities", [(), (SENDER,), ("person:email/eve@example.com",), ("person:mailbox/ada@example.com",)]
)
def test_a_mail_to_any_other_address_is_denied(send, mailbox, entities):
    """The sender's destination does not stand for the recipient."""
    with pytest.raises(Denied, match="the grant does not name person:email/ada@example.com"):
        send(entities)
    assert mailbox.mails == []


def test_an_address_of_a_tenants_delivery_is_one_of_the_grant(send, mailbox):
    assert send(("person:email@33/ada@example.com",)) == {"message": "1"}


@pytest.mark.parametrize("error", [OutcomeUnknown("no answer"), OutOfTime("too late")])
@pytest.mark.parametrize("taken", [True, False])
def test_a_mail_whose_outcome_is_unknown_goes_to_a_person(send, mailbox, grant_key, clock, error, taken):
    """However often it is retried."""
    mailbox.fails, mailbox.taken = error, taken
    with pytest.raises(type(error)):
        send()
    before = len(mailbox.mails)
    for wait in (1, 300, 86_400):
        clock.now += wait
        with pytest.raises(ApprovalNeeded, match="a person is asked before it is done again") as asked:
            send(issued=clock.now, expires=clock.now + 3600)
        proposal = check_proposal(asked.value.proposal, [grant_key], clock.now)
        assert proposal.action.arguments == MAIL
    assert len(mailbox.mails) == before


def test_a_person_who_approves_has_it_sent_once(send, mailbox):
    """The decision is an event of its own, so its mail is an effect of its own."""
    mailbox.fails, mailbox.taken = OutcomeUnknown("no answer"), False
    with pytest.raises(OutcomeUnknown):
        send()
    approval = Approval("review", "writer", DIGEST, "", ("dana@example.com",))
    for _ in range(3):
        assert send(event="review:1", approval=approval) == {"message": "1"}
    assert len(mailbox.mails) == 1


def test_nobody_who_answers_is_no_approval_of_a_second_mail(send, mailbox):
    """An approval by default is of the first event, whose claim is still open."""
    mailbox.fails = OutcomeUnknown("no answer")
    with pytest.raises(OutcomeUnknown):
        send()
    with pytest.raises(ApprovalNeeded):
        send(approval=Approval("review", "writer", DIGEST, "", (DEFAULT,)))
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("error", [Busy("429"), Unreachable("refused"), Refused("rejected")])
def test_what_was_certainly_not_sent_is_sent_again_without_asking(send, mailbox, error):
    mailbox.fails, mailbox.taken = error, False
    with pytest.raises(type(error)):
        send()
    assert send() == {"message": "1"}
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"also": ["person:email/{to_whom}"]}, "texts that the operation needs"),
        ({"also": ["person:email/{text}"]}, "texts that the operation needs"),
        ({"also": ["person:email"]}, "texts that the operation needs"),
        ({"also": "person:email/{recipient}"}, "write a list"),
    ],
)
def test_a_further_entity_is_made_of_required_texts(changes, message):
    """Otherwise a call without the argument would touch what no grant names."""
    with pytest.raises(ManifestError, match=message):
        replace(SEND, **changes)
