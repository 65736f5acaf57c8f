"""A pull request's files: all of them, and what GitHub leaves out is found or named."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.gate.outbound import Busy
from functions.providers.github.operations import files
from tests.unit.providers.github.conftest import of

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=60)


def text(lines, start="line"):
    return {"text": "".join(f"{start} {number}\n" for number in range(lines))}


def test_all_files_are_listed_over_several_pages(hub):
    """With their patches, the counts, and the head that they are of."""
    pull = hub.pull({f"src/f{number:03}.py": text(1) for number in range(130)})
    found = hub.call("pull.files", **of(pull))
    assert len(found["items"]) == 130
    assert all(file["patch"] for file in found["items"])
    assert (found["complete"], found["next"], found["not_reviewed"]) == (True, None, [])
    assert found["head"] == pull["commit_id"]


def test_a_renamed_file_has_its_former_name(hub):
    """And only what changed in it."""
    pull = hub.pull({"README.md": None, "LESEN.md": {"text": "# Hello\n\nA repository of the sandbox.\nMore.\n"}})
    (file,) = hub.call("pull.files", **of(pull))["items"]
    assert (file["status"], file["previous_filename"], file["changes"]) == ("renamed", "README.md", 1)


def test_a_silent_cut_is_asked_for_again_in_smaller_pages(hub):
    """The sandbox cuts an answer as GitHub does, at fewer lines."""
    pull = hub.pull({f"f{number:02}.txt": text(10) for number in range(40)})
    hub.control("settings", patch_lines=60)
    found = hub.call("pull.files", **of(pull))
    assert [file["changes"] for file in found["items"]] == [10] * 40
    assert all(file["patch"] for file in found["items"])
    assert found["not_reviewed"] == []


def test_a_file_without_a_patch_is_named_with_the_reason(hub):
    """A binary file, and one whose patch is too large by itself; an empty file needs none."""
    pull = hub.pull({"a.bin": {"base64": "AAEC/w=="}, "b.txt": text(90), "c.txt": text(5), "d.txt": {"text": ""}})
    hub.control("settings", patch_lines=50)
    found = hub.call("pull.files", **of(pull))
    reasons = {one["filename"]: one["reason"] for one in found["not_reviewed"]}
    assert set(reasons) == {"a.bin", "b.txt"}
    assert "binary" in reasons["a.bin"]
    assert "too large" in reasons["b.txt"]
    assert "patch" in found["items"][2]


def rows(number, cut=()):
    return [
        {"filename": f"f{place}", "status": "modified", "sha": "1", "additions": 0, "deletions": 0, "changes": 0}
        if place in cut
        else {"filename": f"f{place}", "status": "modified", "sha": "1", "changes": 2, "patch": "@@ -1 +1 @@\n-a\n+b"}
        for place in range(number)
    ]


def fetching(all_rows, asked=None):
    def fetch(size, page):
        if asked is not None:
            asked.append((size, page))
        return all_rows[(page - 1) * size : page * size]

    return fetch


def test_what_stays_cut_is_named():
    """If GitHub gives no more however small the page, or the further requests would be too many."""
    asked = []
    found = files.collected(fetching(rows(300, cut=range(300)), asked), 600, 300)
    answer = files.answered("head", False, found, 300, 0)
    assert len(answer["not_reviewed"]) == 300
    assert len(asked) == 4 + files.MOST_ASKED


def test_binary_files_are_not_asked_for_again_if_all_lines_are_counted():
    """They look as a cut does."""
    asked = []
    found = files.collected(fetching(rows(90, cut=range(10)), asked), 160, 90)
    assert asked == [(100, 1)]
    assert len(files.answered("head", False, found, 90, 0)["not_reviewed"]) == 10


def test_a_cut_is_suspected_in_a_long_answer_whatever_the_pull_request_counts():
    """Its own counts may be those of the cut diff."""
    long = {"filename": "f0", "status": "modified", "sha": "1", "changes": 9, "patch": "+x\n" * files.HEAVY}
    asked = []
    files.collected(fetching([long, *rows(30, cut=[29])[1:]], asked), 0, 30)
    assert (25, 2) in asked


def test_more_files_than_github_lists_are_named():
    """The answer is not complete."""
    answer = files.answered("head", False, files.collected(fetching(rows(4_000)), 8_000, 4_000), 4_000, 0)
    assert not answer["complete"]
    assert answer["not_reviewed"][-1]["reason"].startswith("1000 more files")


def test_an_answer_that_is_too_large_goes_on_at_next():
    """Nothing is missing between the two."""
    big = [{**row, "patch": "@@ -1 +1 @@\n+" + "x" * 90_000} for row in rows(50)]
    first = files.answered("head", False, big, 50, 0)
    second = files.answered("head", False, big, 50, first["next"])
    assert [row["filename"] for row in first["items"] + second["items"]] == [f"f{place}" for place in range(50)]
    assert second["next"] is None


def test_an_answer_stays_small_however_many_files_without_a_patch_it_names():
    """Three thousand long names are more than a function can answer."""
    long = [{**row, "filename": f"{place}/{'d' * 4_000}"} for place, row in enumerate(rows(900, cut=range(900)))]
    answer = files.answered("head", False, long, 950, 0)
    assert len(json.dumps(answer)) < files.MOST_BYTES * 1.1
    assert [one["filename"] for one in answer["not_reviewed"]] == [*(one["filename"] for one in answer["items"]), ""]
    assert 0 < answer["next"] == len(answer["items"]) < 900


def test_a_page_too_large_to_read_is_read_in_smaller_ones():
    """Every file once, in order."""
    every = rows(230)
    found = files.collected(lambda size, page: None if size > 5 else every[(page - 1) * size : page * size], 460, 230)
    assert [row["filename"] for row in found] == [row["filename"] for row in every]


@STABLE
@given(st.lists(st.integers(1, 30), min_size=1, max_size=140), st.integers(40, 300))
def test_a_cut_list_is_whole_again_or_says_what_is_missing(sizes, limit):
    """Whatever the files' sizes are, and wherever GitHub cuts."""
    every = [
        {"filename": f"f{place}", "status": "modified", "sha": "1", "changes": size, "patch": "+x\n" * size}
        for place, size in enumerate(sizes)
    ]

    def fetch(size, page):
        answer, lines = [], 0
        for row in every[(page - 1) * size : page * size]:
            lines += row["changes"]
            bare = {name: value for name, value in row.items() if name != "patch"} | {"changes": 0}
            answer.append(bare if lines > limit and answer else row)
        return answer

    answer = files.answered("head", False, files.collected(fetch, sum(sizes), len(sizes)), len(sizes), 0)
    named = {one["filename"] for one in answer["not_reviewed"]}
    assert all(row.get("patch") or row["filename"] in named for row in answer["items"])
    assert len(answer["items"]) == len(sizes)


def test_files_that_change_while_they_are_read_are_read_again_later(hub, monkeypatch):
    """Parts of two heads are no diff."""
    pull = hub.pull({"a.py": text(1)})
    collected = files.collected

    def pushed(*given):
        hub.control("commits", branch=pull["branch"], files={"b.py": text(1)})
        return collected(*given)

    monkeypatch.setattr(files, "collected", pushed)
    with pytest.raises(Busy, match="pushed to"):
        hub.call("pull.files", **of(pull))
