"""Reviews, summaries and comments: only where GitHub takes them, once, and never about an older head."""

import pytest

from functions.core.gate.outbound import OutcomeUnknown, Refused
from functions.core.platform.errors import PermanentError
from hookline.local.faults import Fault
from tests.unit.providers.github.conftest import KEY, of

CODE = {"text": "def export(rows):\n    return list(rows)\n"}
ON = {"path": "export.py", "line": 2, "body": "It copies."}
OFF = {"path": "README.md", "line": 1, "body": "Not @octocat changed."}


def reviews(hub, pull):
    return [one for one in hub.state()["reviews"] if one["pull"][1] == int(pull["number"])]


def lines(hub, pull):
    return [one for one in hub.state()["line_comments"] if one["pull"][1] == int(pull["number"])]


@pytest.fixture
def pull(hub):
    """Another one than those before it, some of which were merged."""
    return hub.pull({"export.py": {"text": f"def export(rows):\n    return list(rows)  # {hub.branches}\n"}})


def test_a_comment_on_a_line_of_the_diff_is_posted_there(hub, pull):
    """The review is a comment, never an approval."""
    made = hub.call("review.create", name="review", **of(pull, "commit_id"), body="One finding.", comments=[ON])
    assert (made["state"], made["moved"]) == ("COMMENTED", [])
    assert [(one["path"], one["line"]) for one in lines(hub, pull)] == [("export.py", 2)]


def test_a_comment_that_is_not_on_the_diff_is_in_the_reviews_text(hub, pull):
    """The others stand on their lines; nobody is notified."""
    made = hub.call("review.create", name="review", **of(pull, "commit_id"), body="Two.", comments=[ON, OFF])
    assert made["moved"] == [{"path": "README.md", "line": 1}]
    (review,) = reviews(hub, pull)
    assert "`README.md`, line 1: Not @\u200boctocat changed." in review["body"]
    assert len(lines(hub, pull)) == 1


@pytest.mark.parametrize("leave_empty", [False, True])
def test_a_refused_review_is_posted_once_with_its_comments_in_the_text(hub, pull, leave_empty):
    """Also if GitHub left it behind without its comments: that one is completed."""
    hub.control("settings", refuse_reviews=1, leave_empty=leave_empty)
    made = hub.call("review.create", name="review", **of(pull, "commit_id"), body="One.", comments=[ON])
    (review,) = reviews(hub, pull)
    assert review["id"] == made["id"]
    assert made["moved"] == [{"path": "export.py", "line": 2}]
    assert "`export.py`, line 2: It copies." in review["body"]
    assert not lines(hub, pull)


def test_a_review_whose_answer_was_lost_is_found_by_the_ledgers_key(hub, pull):
    """With all of its comments; another key finds nothing."""
    given = {**of(pull, "commit_id"), "name": "review", "body": "One.", "comments": [ON]}
    arm(hub, "POST", f"/repositories/{pull['repository']}/pulls/{pull['number']}/reviews")
    with pytest.raises(OutcomeUnknown):
        hub.call("review.create", **given)
    found = hub.found("review.create", **given)
    assert found["hookline"] == {"key": KEY, "name": "review", "whole": True}
    assert hub.found("review.create", key="b2" * 32, **given) is None
    assert len(reviews(hub, pull)) == 1


def test_a_commit_has_one_review_of_a_name_whatever_event_it_is_for(hub, pull):
    """A pull request that is closed and opened again has the same head; another name is another review."""
    first = hub.call("review.create", name="review", **of(pull, "commit_id"), body="One.", comments=[ON])
    again = hub.call("review.create", key="b2" * 32, name="review", **of(pull, "commit_id"), body="Two.", comments=[ON])
    assert (again["id"], again["body"]) == (first["id"], first["body"])
    other = hub.call("review.create", key="c3" * 32, name="other", **of(pull, "commit_id"), body="Other.")
    assert [one["id"] for one in reviews(hub, pull)] == [first["id"], other["id"]]
    assert len(lines(hub, pull)) == 1


def test_a_review_that_stayed_behind_empty_proves_nothing(hub, pull):
    """The next attempt completes it, so there is one in the end."""
    given = {**of(pull, "commit_id"), "name": "review", "body": "One.", "comments": [ON]}
    hub.control("settings", refuse_reviews=1, leave_empty=True)
    arm(hub, "PUT", f"/repositories/{pull['repository']}/pulls/{pull['number']}/reviews/*", kind="reset")
    with pytest.raises(OutcomeUnknown):
        hub.call("review.create", **given)
    assert hub.found("review.create", **given) is None
    hub.call("review.create", **given)
    assert hub.found("review.create", **given)
    assert len(reviews(hub, pull)) == 1


def test_what_is_about_an_older_head_is_not_posted(hub, pull):
    """Neither as a review nor as a summary."""
    hub.control("commits", branch=pull["branch"], files={"more.py": CODE})
    with pytest.raises(Refused, match="newer head"):
        hub.call("review.create", name="review", **of(pull, "commit_id"), body="Late.")
    with pytest.raises(Refused, match="newer head"):
        hub.call("summary.put", **of(pull, "commit_id"), name="review", body="Late.")
    assert not reviews(hub, pull)


@pytest.mark.parametrize("action", ["close", "merge"])
def test_nothing_is_written_to_a_pull_request_that_is_closed(hub, pull, action):
    """Or merged."""
    hub.control(f"pulls/{pull['number']}", action=action)
    with pytest.raises(Refused, match="closed"):
        hub.call("review.create", name="review", **of(pull, "commit_id"), body="Late.")


def test_someone_elses_comment_with_our_mark_is_not_ours(hub, pull):
    """Anyone who reads the mark can copy it."""
    first = hub.call("summary.put", **of(pull, "commit_id"), name="review", body="First.")
    copied = next(one["body"] for one in hub.state()["comments"] if one["id"] == first["id"])
    other = hub.pull({"export.py": CODE})
    hub.control("comments", pull=int(other["number"]), author="mallory", body=copied)
    assert hub.found("summary.put", **of(other, "commit_id"), name="review", body="x") is None
    made = hub.call("summary.put", **of(other, "commit_id"), name="review", body="Ours.")
    assert made["body"].startswith("Ours.")


def test_a_summary_is_written_once_and_then_changed(hub, pull):
    """Under its name; another name is another comment. An effect is found by its key."""
    first = hub.call("summary.put", **of(pull, "commit_id"), name="review", body="Two findings.")
    again = hub.call("summary.put", key="b2" * 32, **of(pull, "commit_id"), name="review", body="None.")
    other = hub.call("summary.put", key="c3" * 32, **of(pull, "commit_id"), name="other", body="x")
    assert again["id"] == first["id"] != other["id"]
    assert again["body"].startswith("None.")
    found = hub.found("summary.put", key="b2" * 32, **of(pull, "commit_id"), name="review", body="None.")
    assert found["hookline"] == {"key": "b2" * 32, "name": "review"}


def test_of_two_summaries_of_a_name_one_remains(hub, pull):
    """Two pushes at once can make two."""
    first = hub.call("summary.put", **of(pull, "commit_id"), name="review", body="One.")
    account = hub.sandbox
    account.comments[99] = {**account.comments[first["id"]], "id": 99}
    hub.call("summary.put", key="b2" * 32, **of(pull, "commit_id"), name="review", body="Two.")
    own = [one for one in hub.state()["comments"] if one["pull"][1] == int(pull["number"])]
    assert [one["id"] for one in own] == [first["id"]]


def test_a_summarys_name_cannot_break_its_mark(hub, pull):
    """It is within a comment of HTML."""
    with pytest.raises(PermanentError, match="letters"):
        hub.call("summary.put", **of(pull, "commit_id"), name="a --> b", body="x")


def test_comments_on_lines_are_listed_and_their_text_can_change(hub, pull):
    """Those that left the diff have no line; those of another pull request are not touched."""
    hub.call("review.create", name="review", **of(pull, "commit_id"), body="One.", comments=[ON])
    hub.control("commits", branch=pull["branch"], files={"export.py": {"text": "def export(rows):\n    return 1\n"}})
    (comment,) = hub.call("line_comment.list", **of(pull))["items"]
    assert (comment["line"], comment["original_line"]) == (None, 2)
    changed = hub.call("line_comment.update", **of(pull), comment_id=comment["id"], body="Outdated.")
    assert changed["body"] == "Outdated."
    other = hub.pull({"export.py": CODE})
    with pytest.raises(Refused, match="not on this pull request"):
        hub.call("line_comment.update", **of(other), comment_id=comment["id"], body="x")


def test_a_comments_mark_is_read_back_and_is_not_shown(hub, pull):
    """It is at the end of the text, and counts in the App's own comments alone."""
    marked = {**ON, "mark": "a1b2c3d4"}
    hub.call("review.create", name="review", **of(pull, "commit_id"), body="One.", comments=[marked])
    (comment,) = hub.call("line_comment.list", **of(pull))["items"]
    assert comment["hookline"] == {"mark": "a1b2c3d4"}
    assert comment["body"] == "It copies.\n\n<!-- hookline-line a1b2c3d4 -->"


@pytest.mark.parametrize("mark", ["a -->", "", "a" * 61])
def test_a_comments_mark_cannot_break_out(hub, pull, mark):
    given = {"body": "One.", "comments": [{**ON, "mark": mark}]}
    with pytest.raises(PermanentError, match="a name has letters"):
        hub.call("review.create", name="review", **of(pull, "commit_id"), **given)


def test_a_pull_request_is_read_with_what_decides_on_it(hub):
    """A fork's commits come from another repository."""
    pull = hub.pull({"export.py": CODE}, fork="mallory", title="Faster")
    found = hub.call("pull.get", **of(pull))
    assert (found["state"], found["title"], found["user"]["login"]) == ("open", "Faster", "mallory")
    assert str(found["head"]["repo"]["id"]) != pull["repository"]
    assert found["head"]["sha"] == pull["commit_id"]


def arm(hub, method, path, kind="after"):
    hub.server.sandbox.faults.arm(Fault("github", kind, method, path, 500, None, 1, 1, False))
