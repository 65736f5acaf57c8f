"""SES's connector at its sandbox: one mail to one person, and what nobody answered is unknown."""

import pytest

from functions.core.gate.outbound import Busy, OutcomeUnknown, Refused, Unreachable
from functions.core.platform.errors import ConfigurationError
from functions.providers.ses.sandbox import LIST, SENDER, SET
from tests.unit.providers.lead_desks.conftest import KEY, Desk

ADA = "ada@example.com"
FROM = {"identity": SENDER, "configuration_set": SET, "contact_list": LIST}
MAIL = {**FROM, "recipient": ADA, "subject": "Your demo", "text": "Hello", "campaign": "leads"}


def test_a_mail_goes_to_one_person_with_a_way_to_leave(ses: Desk):
    """The contact list is what SES makes List-Unsubscribe of."""
    assert ses.call("email.send", **MAIL)["message"].startswith("0100-")
    (mail,) = ses.state()["mails"]
    assert (mail["to"], mail["from"], mail["list"], mail["delivered"]) == (ADA, SENDER, LIST, True)
    assert mail["tags"] == {"hookline": KEY, "campaign": "leads"}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("SendingPausedException", ConfigurationError),
        ("AccountSuspendedException", ConfigurationError),
        ("MailFromDomainNotVerifiedException", ConfigurationError),
        ("LimitExceededException", Busy),
        ("MessageRejected", Refused),
    ],
)
def test_an_error_of_ses_says_that_nothing_was_sent_and_what_comes_next(ses: Desk, word, kind):
    ses.control("settings", refuses=word)
    with pytest.raises(kind, match=word) as raised:
        ses.call("email.send", **MAIL)
    assert ADA not in str(raised.value)
    assert ses.state()["mails"] == []


@pytest.mark.parametrize(("status", "kind"), [(429, Busy), (503, Unreachable), (500, OutcomeUnknown)])
def test_a_failure_of_ses_is_told_from_an_answer(ses: Desk, status, kind):
    """After a 500, SES may have taken the mail."""
    handle = ses.sandbox.handle
    ses.sandbox.handle = lambda request, arriving, acting: handle(request, lambda: ses.sandbox.failure(status), acting)
    try:
        with pytest.raises(kind):
            ses.call("email.send", **MAIL)
    finally:
        ses.sandbox.handle = handle


def test_who_may_not_get_mail_is_read_before_it_is_sent(ses: Desk):
    assert ses.call("suppression.read", recipient=ADA) == {"suppressed": False, "reason": None, "since": None}
    assert ses.call("subscription.read", **FROM, recipient=ADA)["unsubscribed_from_all"] is False
    ses.control("suppressed", email=ADA, reason="COMPLAINT")
    ses.control("left", email=ADA)
    assert ses.call("suppression.read", recipient=ADA)["reason"] == "COMPLAINT"
    assert ses.call("subscription.read", **FROM, recipient=ADA)["unsubscribed_from_all"] is True


def test_who_said_no_under_an_address_said_it_for_every_part_after_a_plus(ses: Desk):
    """Anybody can write another one into a form; an address of somebody else is another matter."""
    ses.control("suppressed", email=ADA)
    ses.control("left", email=ADA)
    for other, no in (("ada+offer@example.com", True), ("adam+offer@example.com", False)):
        assert ses.call("suppression.read", recipient=other)["suppressed"] is no
        assert ses.call("subscription.read", **FROM, recipient=other)["unsubscribed_from_all"] is no
