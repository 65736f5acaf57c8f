"""The merged review: few comments on changed lines, ranked, differences shown, and everything left out is named."""

from dataclasses import replace

import pytest

from functions.agents.review_publisher.review import merged
from functions.agents.review_publisher.settings import SETTINGS
from functions.api.changes import (
    ANOTHER_HEAD,
    Change,
    ChangedFile,
    Finding,
    ReviewerReport,
    changed_file,
    ranked,
)
from tests.unit.changes.made import change, file

CHANGE = change(("a.py", "x\n", "".join(f"line {n}\n" for n in range(40))))


def found(line, severity="medium", rule="rule-a", path="a.py"):
    return Finding(rule, path, line, severity, "It is wrong.", "It fails.")


def report(*findings, **other):
    return ReviewerReport(ranked(findings), **other)


def test_findings_on_one_line_are_one_comment():
    """The same rule of two reviewers is said once."""
    reports = {"lint": report(found(3), found(3, rule="rule-b")), "design": report(found(3))}
    (comment,) = merged(CHANGE, reports).comments
    assert (comment.path, comment.line, comment.side) == ("a.py", 3, "RIGHT")
    assert [one.rule for one in comment.findings] == ["rule-a", "rule-b"]
    assert comment.body.count("`rule-a`: It is wrong. It fails.") == 1


def test_the_worst_comes_first_and_no_more_than_the_stated_number():
    lines = range(1, 31)
    reports = {"lint": report(*(found(line, "high" if line == 20 else "low") for line in lines), left_out=2)}
    review = merged(CHANGE, reports)
    assert len(review.comments) == SETTINGS.most_comments
    assert review.comments[0].line == 20
    assert "Findings on 30 lines: 1 high, 29 low." in review.summary
    assert "20 x `rule-a`; 2 more in reports that were full" in review.summary


def test_reviewers_that_differ_are_both_shown():
    reports = {"lint": report(found(3, "high")), "tests": report(found(3, "low", "rule-b"))}
    (comment,) = merged(CHANGE, reports).comments
    assert comment.body.endswith("Reviewers differ: `lint` says high, `tests` says low.")


def test_a_finding_off_the_changed_lines_is_not_published():
    """Whatever a member reports."""
    review = merged(CHANGE, {"design": report(found(41), found(1, path="b.py"))})
    assert (review.comments, review.conclusion) == ((), "success")


def test_without_findings_the_check_run_says_it_or_a_comment_by_settings():
    """And neither is an approval."""
    review = merged(CHANGE, {"lint": report()}, ["lint"])
    assert (review.conclusion, review.speaks) == ("success", False)
    assert review.summary == "No findings. This is no approval."
    assert merged(CHANGE, {"lint": report()}, settings=replace(SETTINGS, without_findings="comment")).speaks


def test_what_a_reviewer_did_not_read_is_named():
    """A file that only its contents showed to be unreadable, files read by their patches alone, and files too many."""
    made = replace(CHANGE, unlisted=41)
    text = merged(
        made, {"lint": report(unread=(("b.py", "not UTF-8"),), by_patch_alone=5, more_unread=2)}, ["lint"]
    ).summary
    assert "Not reviewed: `b.py` (not UTF-8), 41 more files, which are too many." in text
    assert "`lint` read 5 files by their patches alone" in text and "could not read 2 files that" in text


def test_a_review_that_nobody_contributed_to_says_so():
    """No finding of nobody is no good news."""
    review = merged(CHANGE, {}, ["lint"])
    assert (review.head, review.conclusion) == ("No reviewer answered.", "neutral")


def test_a_comment_stays_within_what_github_takes():
    found_here = [found(3, rule=f"rule-{letter}", severity="low") for letter in "abcdefghij"]
    (comment,) = merged(CHANGE, {"lint": report(*found_here)}).comments
    assert comment.body.endswith("4 more rules find something here.")


def test_findings_fail_the_check_run_by_settings_only():
    reports = {"lint": report(found(1))}
    failing = [merged(CHANGE, reports, settings=replace(SETTINGS, failing=one)) for one in (None, "high", "medium")]
    assert [one.conclusion for one in failing] == ["neutral", "neutral", "failure"]


def test_a_reviewer_that_did_not_answer_or_stood_aside_is_named():
    """Without an answer of all, no findings is no success."""
    review = merged(CHANGE, {"design": report(stood_aside="it has no model")}, ["design", "lint"])
    assert "`lint` did not answer." in review.summary
    assert "`design` stood aside: it has no model." in review.summary
    assert review.conclusion == "neutral"


def test_files_that_were_not_read_are_named():
    """All of them: what people do not write by number, the rest by name up to a limit, and then by number."""
    vendored = [changed_file({"filename": f"vendor/{number}.js", "status": "added"}) for number in range(3)]
    cut = [changed_file({"filename": f"big{number}.py", "status": "modified", "changes": 9}) for number in range(25)]
    summary = merged(Change([file("a.py", "x\n", "y\n"), *vendored, *cut]), {}).summary
    assert "Not reviewed: 3 vendored, `big0.py` (cut), " in summary
    assert summary.count("(cut)") == SETTINGS.most_names and summary.endswith(", 5 more.")


def test_a_file_that_a_reviewer_could_not_read_either_is_named_once():
    """Also if its name is longer than a report has it."""
    path = "docs/" + "long " * 40 + ".md"
    change = Change([changed_file({"filename": path, "status": "modified", "changes": 9})])
    summary = merged(change, {"lint": report(unread=((path[:120], "not UTF-8"), ("a.py", "symbolic link")))}).summary
    assert summary.count("docs/long") == 1 and "1 symbolic link" in summary


def test_files_with_long_names_that_begin_alike_are_counted_each():
    folder = "deep/" * 30
    cut = [changed_file({"filename": f"{folder}{one}.py", "status": "modified", "changes": 9}) for one in range(3)]
    assert merged(Change(cut), {}).summary.count("(cut)") == 3


@pytest.mark.parametrize(
    ("made", "other"),
    [
        (Change([changed_file({"filename": "a.py", "status": "modified", "changes": 9})]), {}),
        (replace(CHANGE, unlisted=1), {}),
        (CHANGE, {"by_patch_alone": 1}),
        (CHANGE, {"left_out": 1}),
        (CHANGE, {"more_unread": 1}),
        (CHANGE, {"stood_aside": ANOTHER_HEAD}),
        (CHANGE, {"unread": (("a.py", "stale"),)}),
        (Change([ChangedFile("a.js", "modified", unread="no text")]), {}),
    ],
)
def test_no_findings_are_no_success_if_not_all_was_read(made, other):
    """One zero byte makes a program binary, and so many files hide one."""
    review = merged(made, {"lint": report(**other)}, ["lint"])
    assert (review.comments, review.conclusion) == ((), "neutral")


def test_what_no_reviewer_reads_by_its_nature_leaves_a_success():
    files = [ChangedFile("a.png", "added", unread="binary"), ChangedFile("vendor/a.js", "added", unread="vendored")]
    assert merged(Change(files), {"lint": report()}, ["lint"]).conclusion == "success"


@pytest.mark.parametrize("why", ["vendored", "generated", "symbolic link", "submodule"])
def test_in_a_fork_what_a_name_or_a_mode_keeps_unread_is_named_and_no_success(why):
    """Outsiders choose both."""
    made = Change([ChangedFile("vendor/a.js", "added", unread=why)], fork=True)
    review = merged(made, {"lint": report()}, ["lint"])
    assert (f"Not reviewed: `vendor/a.js` ({why})." in review.summary, review.conclusion) == (True, "neutral")
    image = Change([ChangedFile("a.png", "added", unread="binary")], fork=True)
    assert merged(image, {"lint": report()}, ["lint"]).conclusion == "success"


def test_a_comment_that_is_there_already_is_not_repeated():
    """The line may have moved since; a line with another text is another one."""
    (first,) = merged(change(("a.py", "x\n", "x\nbad\n")), {"lint": report(found(2))}).comments
    moved = merged(change(("a.py", "x\n", "1\n2\nx\nbad\n")), {"lint": report(found(4))}, known=[first.fingerprint])
    assert moved.comments == ()
    assert "Reported before and still there: 1." in moved.summary
    other = merged(change(("a.py", "x\n", "x\nworse\n")), {"lint": report(found(2))}, known=[first.fingerprint])
    assert len(other.comments) == 1


def test_the_order_of_the_reports_changes_nothing():
    reports = {"lint": report(found(3), found(5, "high")), "tests": report(found(3, "low", "rule-b"))}
    assert merged(CHANGE, reports) == merged(CHANGE, dict(reversed(reports.items())))
