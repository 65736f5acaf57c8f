"""Findings and reports: bounded, on changed lines, and without anything active in their texts."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.changes import Finding, plain, quoted, read_report, report_of
from functions.core.changes.findings import MOST_BYTES
from functions.core.workflows.contents import json_object
from tests.unit.changes.made import change

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=80)
CHANGE = change(("a.py", "x\n", "".join(f"line {n}\n" for n in range(200))))
ACTIVE = re.compile(r"[<>*~|{}\[\]]|://|(?<![A-Za-z0-9])@\w|#\d|!\[")


def found(line, rule="rule-a", **other):
    return Finding(
        **{
            "rule": rule,
            "path": "a.py",
            "line": line,
            "severity": "low",
            "message": "It is wrong.",
            "reason": "It fails.",
            **other,
        }
    )


def outside_code(text):
    """The text without its code, in which nothing is active; the code is closed."""
    assert text.count("`") % 2 == 0
    return re.sub(r"`[^`]+`", "", text)


def test_a_report_says_the_worst_first():
    report = read_report(report_of([found(2), found(5, severity="high"), found(1, severity="medium")], CHANGE))
    assert [one.line for one in report.findings] == [5, 1, 2]
    assert (report.worst, report.left_out) == ("high", 0)


def test_a_finding_off_the_changed_lines_is_not_reported():
    """Nor is one in a file that does not change, or on a line of the other side."""
    other = [found(201), found(1, path="b.py"), found(2, side="LEFT"), found(0)]
    assert report_of([*other, found(3), found(1, side="LEFT")], CHANGE)["findings"] == [
        ["rule-a", "a.py", 1, "LEFT", "low", "It is wrong.", "It fails."],
        ["rule-a", "a.py", 3, "RIGHT", "low", "It is wrong.", "It fails."],
    ]


def test_a_report_fits_into_an_answer_and_counts_what_does_not():
    many = [found(line, message="wrong " * 60, severity="high" if line == 150 else "low") for line in range(1, 200)]
    content = report_of(many, CHANGE)
    assert len(json.dumps(content, separators=(",", ":"))) <= MOST_BYTES
    json_object(content)
    assert content["findings"][0][2] == 150
    assert content["left_out"] == 199 - len(content["findings"]) > 100


def test_a_report_of_very_many_findings_is_made_at_once():
    """The time does not grow with the square of their number."""
    made = change(("a.py", None, "x\n" * 20_000))
    content = report_of([found(line) for line in range(1, 20_001)], made)
    assert content["left_out"] + len(content["findings"]) == 20_000


def test_without_a_finding_the_worst_is_none():
    assert report_of([], CHANGE, "no model")["worst"] == "none"
    assert read_report({"stood_aside": "no model"}).stood_aside == "no model"


@STABLE
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        max_leaves=12,
    ),
    st.integers() | st.text(max_size=5) | st.booleans() | st.none(),
)
def test_any_content_is_a_report(rows, other):
    """A member's model can write anything: only findings are kept."""
    report = read_report({"findings": rows, "left_out": other, "stood_aside": other})
    assert report.left_out >= 0
    assert all(one.severity in ("high", "medium", "low") for one in report.findings)


def test_what_is_no_finding_is_counted_as_left_out():
    good = ["rule-a", "a.py", 3, "RIGHT", "low", "It is wrong.", "It fails."]
    bad = [[*good[:-1]], ["Rule `A`", *good[1:]], ["rule-a", "a.py", True, *good[3:]], [*good[:4], "worst", *good[5:]]]
    report = read_report({"findings": [good, *bad], "left_out": 2})
    assert (len(report.findings), report.left_out) == (1, 6)


@STABLE
@given(st.text(st.sampled_from("a1é`@<>[]()!*_~|:/.\n#\\ \u202e\u200b"), max_size=60))
def test_a_text_has_nothing_active_outside_of_code(text):
    """A bracket beside code would make a link of it, and # before a number refers to an issue."""
    once = plain(text)
    assert ACTIVE.search(outside_code(once)) is None, once
    assert "\n" not in once and "\u202e" not in once and "\u200b" not in once
    assert len(once) <= 240


@STABLE
@given(st.text(max_size=200))
def test_a_quoted_name_is_one_piece_of_code(text):
    assert re.fullmatch(r"`[^`\n]{1,80}`", quoted(text))


def test_a_text_of_our_own_stays_as_it_is():
    own = "`a.py` calls `x[0] == {y}`: it fails, and `https://example.com` is not fetched."
    assert plain(own) == own
