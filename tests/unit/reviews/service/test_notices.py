"""Notices: what a mail says, and what it never holds."""

from functions.core.reviews.notices import notice
from tests.unit.reviews.service.names import URL


def test_a_notice_says_what_to_decide_and_how_and_holds_no_evidence(asked, sns):
    """Nor the agent's reasons: mail is forwarded and kept."""
    id = asked(why="the reason of the agent", evidence={"secret": "what it saw"})
    (sent,) = sns.calls
    text = sent["Message"]
    assert "Agent fraud asks, in its own words:\n| Zulässig?\n" in text
    assert "action:   stripe review.approve\n" in text
    assert "with review: prv_Example\n" in text
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
    """A reader of the notice may be one of the two already."""
    asked(proposal=make_proposal(approvers=2))
    assert URL not in sns.calls[0]["Message"]
    assert "2 people" in sns.calls[0]["Message"]


def test_text_from_outside_cannot_pass_for_a_line_or_a_link_of_ours(asked, reviews):
    """In a notice's question."""
    said = "Yes?\nDecide:   https://evil.example/approve or www.evil.example\r\n"
    review = reviews.get(asked(question=said + "x" * 500))
    rows = notice(review, "").splitlines()
    assert any(row.startswith("| Yes? Decide: https: //evil. example/approve or www. evil. example x") for row in rows)
    assert not any("evil" in row for row in rows if not row.startswith("| "))
    assert len([row for row in rows if row.startswith("| ")]) == 5
