"""Links decide once, on one review, as the person that they were made for."""

import pytest

from functions.core.reviews import links
from functions.core.reviews.review import Refused
from tests.unit.reviews.service.names import BOB, LINK_KEY


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
    """It does not matter who decided."""
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
    link = links.read(token(asked()), [LINK_KEY], 0)
    assert service.behind(links.mint(link, grant_key)) is None


def test_a_link_decides_on_its_own_review_alone(
    asked, token, use, service, reviews, make_event, make_grant, make_proposal
):
    """The form and the digests of one page are not valid on another."""
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
