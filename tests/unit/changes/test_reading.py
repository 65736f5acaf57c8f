"""A pull request's files are read in pieces, with the contents that are needed; what is not read is known."""

import pytest

from functions.api.agent import PermanentError
from functions.api.changes import ANOTHER_HEAD, Proposed, read_change, read_report, reported
from functions.core.changes.reading import MOST_CONTENTS, MOST_PIECES
from tests.unit.changes.made import patch

HEAD = "a" * 40
PROPOSED = Proposed("1", "2", HEAD)


def modified(path, old="x = 1\n", new="x = 2\n"):
    return {"filename": path, "status": "modified", "changes": 2, "patch": patch(old, new), "sha": "5" * 40}


def added(path, text):
    return {"filename": path, "status": "added", "changes": 1, "patch": patch("", text)}


class GitHub:
    """Lists `rows`, so many in an answer, and has the same contents everywhere."""

    def __init__(self, *rows, size=10, kind="text", missing=(), head=HEAD, fork=False):
        self.rows, self.size, self.kind, self.missing, self.head = rows, size, kind, list(missing), head
        self.fork = fork
        self.pieces, self.read = [], []

    def files(self, repository, number, first):
        self.pieces.append(first)
        end = first + self.size
        left = end if end < len(self.rows) else None
        return {
            "head": self.head,
            "fork": self.fork,
            "items": self.rows[first:end],
            "next": left,
            "total": len(self.rows),
            "not_reviewed": self.missing,
        }

    def contents(self, repository, head_sha, path, sha):
        self.read.append((path, head_sha, sha))
        return {"kind": self.kind, **({"text": "x = 2\n"} if self.kind == "text" else {})}

    def reading(self, wants=lambda file: True):
        return read_change(PROPOSED, self.files, self.contents, wants)


def test_all_pieces_are_read():
    github = GitHub(*(modified(f"{number}.py") for number in range(25)))
    reading = github.reading()
    assert (len(reading.change.files), github.pieces, reading.change.unlisted) == (25, [0, 10, 20], 0)
    assert github.read[0] == ("0.py", HEAD, "5" * 40)
    assert reading.change.files[0].old == "x = 1\n"


@pytest.mark.parametrize("fork", [False, True])
def test_a_change_says_whether_outsiders_can_have_written_it(fork):
    assert GitHub(modified("a.py"), fork=fork).reading().change.fork is fork


@pytest.mark.parametrize(("fork", "unread"), [(False, "generated"), (True, "")])
def test_a_forks_own_mark_of_a_generator_does_not_count(fork, unread):
    assert [one.unread for one in GitHub(added("a.py", "# DO NOT EDIT\n"), fork=fork).reading().change.files] == [
        unread
    ]


def test_files_that_no_piece_has_room_for_are_known_to_be_missing():
    github = GitHub(*(modified(f"{number}.py") for number in range(MOST_PIECES + 3)), size=1)
    assert github.reading().change.unlisted == 3


def test_files_that_github_does_not_list_are_counted():
    unlisted = {"filename": "", "reason": "41 more files, which GitHub does not list"}
    assert GitHub(modified("a.py"), missing=[unlisted]).reading().change.unlisted == 41


def test_a_file_without_text_is_no_file_that_was_cut():
    bare = {"filename": "run", "status": "modified", "changes": 0}
    why = {"filename": "run", "reason": "no text: it is binary, or only its mode changed"}
    assert [one.unread for one in GitHub(bare, missing=[why]).reading().change.files] == ["no text"]
    assert [one.unread for one in GitHub(bare).reading().change.files] == ["cut"]


def test_contents_are_read_up_to_a_number_and_the_rest_is_counted():
    github = GitHub(*(modified(f"{number}.py") for number in range(MOST_CONTENTS + 5)), size=1000)
    reading = github.reading()
    assert (len(github.read), reading.by_patch_alone) == (MOST_CONTENTS, 5)
    assert reading.change.files[-1].new is None


def test_contents_are_read_only_if_they_say_more_than_the_patch():
    """Not of new and removed files, of what is not read, and of what the reviewer does not want."""
    removed = {"filename": "r.py", "status": "removed", "changes": 1, "patch": patch("x\n", "")}
    github = GitHub(added("a.py", "x\n"), removed, modified("vendor/v.py"), modified("w.py"), modified("b.md"))
    github.reading(lambda file: file.language == "python")
    assert [path for path, _, _ in github.read] == ["w.py"]


def test_a_new_file_that_may_be_a_link_is_looked_at():
    """The target of a link is a line without an end."""
    link = {**added("a.py", "b.py"), "patch": "@@ -0,0 +1 @@\n+b.py\n\\ No newline at end of file"}
    reading = GitHub(link, kind="symlink").reading()
    assert [one.unread for one in reading.change.files] == ["symbolic link"]


@pytest.mark.parametrize(
    ("kind", "unread"),
    [("not UTF-8", "not UTF-8"), ("too large", "too large"), ("submodule", "submodule"), ("missing", "stale")],
)
def test_contents_that_are_no_text_leave_the_file_unread_with_the_reason(kind, unread):
    reading = GitHub(modified("a.py"), kind=kind).reading()
    assert [one.unread for one in reading.change.files] == [unread]


def test_a_report_names_what_only_its_reviewer_saw_to_be_unreadable():
    github = GitHub(*(modified(f"{number}.py") for number in range(MOST_CONTENTS + 2)), size=1000, kind="not UTF-8")
    report = read_report(reported(github.reading(), lambda change: ()))
    assert report.unread[0] == ("0.py", "not UTF-8")
    assert (report.by_patch_alone, len(report.unread), report.more_unread) == (2, 8, MOST_CONTENTS - 8)


def test_another_head_is_not_reviewed_and_the_report_says_so():
    reading = GitHub(modified("a.py"), head="b" * 40).reading()
    assert (reading.moved, reading.change.files) == (True, ())
    assert read_report(reported(reading, lambda change: ())).stood_aside == ANOTHER_HEAD


@pytest.mark.parametrize(
    "entities",
    [
        [],
        ["github:pull_request/1/2"],
        ["github:pull_request/1/2", f"github:commit/3/{HEAD}"],
        ["github:pull_request/1/2", f"github:commit/1/{HEAD}", f"github:commit/1/{'b' * 40}"],
    ],
)
def test_an_event_names_one_pull_request_with_its_head(entities):
    with pytest.raises(PermanentError, match="names no pull request"):
        Proposed.of(entities)
    assert Proposed.of(["github:pull_request/1/2", f"github:commit/1/{HEAD}", "stripe:charge/1"]) == PROPOSED
