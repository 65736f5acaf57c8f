"""Patches: the numbers of their lines, and texts that are not patches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.changes import PatchLine, PatchUnreadable, patch_lines
from functions.core.changes.patches import before
from tests.unit.changes.made import patch

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=80)
LINE = st.text(st.sampled_from("ab+-@\\ \x0c\u2028\r"), max_size=4)
TEXT = st.lists(LINE, max_size=12).map(lambda lines: "".join(f"{line}\n" for line in lines))


def test_lines_have_their_numbers_in_both_files():
    text = "@@ -3,2 +3,3 @@ def f():\n same\n-old\n+new\n+more\n\\ No newline at end of file"
    assert patch_lines(text) == (
        PatchLine(" ", 3, 3, "same"),
        PatchLine("-", 4, 0, "old"),
        PatchLine("+", 0, 4, "new"),
        PatchLine("+", 0, 5, "more"),
    )


@STABLE
@given(TEXT, TEXT)
def test_a_patch_leads_from_one_text_to_the_other(old, new):
    """Whatever letters lines have: only a newline ends one."""
    lines = patch_lines(patch(old, new))
    known = new.split("\n")
    assert all(known[line.new - 1] == line.text for line in lines if line.new)
    assert before(lines, new) == old


@pytest.mark.parametrize(
    "text",
    ["@@ -1,2 +1,2 @@\n a", "@@ -1 +1 @@\n-a\n+b\n+c", "no patch", "@@ -1,1 +1,1 @@\n?a", "@@ -x +1 @@\n a"],
    ids=["cut", "too long", "no header", "unknown sign", "no numbers"],
)
def test_a_patch_that_is_cut_or_broken_is_refused(text):
    """It would number its lines wrongly."""
    with pytest.raises(PatchUnreadable):
        patch_lines(text)


@STABLE
@given(st.text(st.sampled_from("@ -+,0123\n\\a"), max_size=60))
def test_any_text_is_a_patch_or_is_refused(text):
    """And a patch numbers no line twice on one side."""
    try:
        lines = patch_lines("@@ -1,3 +1,3 @@\n" + text)
    except PatchUnreadable:
        return
    new = [line.new for line in lines if line.new]
    assert len(lines) >= 3 and new[:3] == sorted(new[:3])
