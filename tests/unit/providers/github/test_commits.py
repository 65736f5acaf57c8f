"""What belongs to a commit: the files at it, and its check runs."""

import base64

import pytest

from functions.core.gate.outbound import OutcomeUnknown, Refused
from functions.core.platform.errors import PermanentError
from tests.unit.providers.github.conftest import KEY, commit, of
from tests.unit.providers.github.test_reviews import arm

ODD = 'a b/ü "#?%25&\\.py'
FILES = {
    "src/plain.py": {"text": "x = 1\n"},
    ODD: {"text": "odd\n"},
    "latin.txt": {"base64": base64.b64encode("für".encode("latin-1")).decode()},
    "image.bin": {"base64": base64.b64encode(b"\0\1\2").decode()},
    "link": {"symlink": "src/plain.py"},
    "away": {"symlink": "../../etc/passwd"},
    "module": {"submodule": "1" * 40},
    "large.txt": {"bytes": 1_000_001},
    "huge.txt": {"bytes": 50_000_000},
}


@pytest.fixture(scope="module")
def tree(_shared):
    return _shared.pull(FILES)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/plain.py", "text"),
        (ODD, "text"),
        ("latin.txt", "not UTF-8"),
        ("image.bin", "binary"),
        ("away", "symlink"),
        ("module", "submodule"),
        ("large.txt", "too large"),
        ("huge.txt", "too large"),
        ("src", "folder"),
        ("nothing.py", "missing"),
    ],
)
def test_what_a_path_holds_is_named(hub, tree, path, kind):
    """Only a text has a text."""
    found = hub.call("contents.read", **commit(tree), path=path)
    assert (found["path"], found["kind"]) == (path, kind)
    assert ("text" in found) is (kind == "text")


def test_a_link_to_a_file_is_known_by_the_id_of_the_changed_file(hub, tree):
    """GitHub answers with the file that it leads to."""
    listed = {file["filename"]: file.get("sha", "") for file in hub.call("pull.files", **of(tree))["items"]}
    assert hub.call("contents.read", **commit(tree), path="link", sha=listed["link"])["kind"] == "symlink"
    read = hub.call("contents.read", **commit(tree), path="src/plain.py", sha=listed["src/plain.py"])
    assert read["text"] == "x = 1\n"


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a//b", "a/./b", "", "a\0b", "a/.."])
def test_a_path_that_does_not_lead_down_from_the_root_is_refused(hub, tree, path):
    """Nothing is asked."""
    with pytest.raises(PermanentError, match="from the repository's root"):
        hub.call("contents.read", **commit(tree), path=path)


@pytest.fixture
def pull(hub):
    return hub.pull({"export.py": {"text": "1\n"}})


DONE = {"status": "completed", "conclusion": "neutral", "output": {"title": "1", "summary": "![x](//evil) @octocat"}}


def test_a_check_run_has_the_ledgers_key_and_is_found_by_it(hub, pull):
    """Also if the answer of the call that made it was lost."""
    given = {**commit(pull), "name": "hookline", **DONE}
    arm(hub, "POST", f"/repositories/{pull['repository']}/check-runs")
    with pytest.raises(OutcomeUnknown):
        hub.call("check.create", **given)
    found = hub.found("check.create", **given)
    assert (found["external_id"], found["conclusion"]) == (KEY, "neutral")
    assert hub.found("check.create", key="b2" * 32, **given) is None
    (made,) = [one for one in hub.state()["checks"] if one["of"][1] == pull["commit_id"]]
    assert made["output"]["summary"] == "!\u200b[x](//evil) @\u200boctocat"


def test_a_check_run_is_updated_and_keeps_the_key(hub, pull):
    """From in progress to completed."""
    made = hub.call("check.create", **commit(pull), name="hookline", status="in_progress")
    done = hub.call("check.update", **commit(pull), check_run_id=made["id"], **DONE)
    assert (done["id"], done["status"], done["external_id"]) == (made["id"], "completed", KEY)


def test_a_check_run_of_another_commit_is_not_updated(hub, pull):
    """The grant names one commit."""
    made = hub.call("check.create", **commit(pull), name="hookline", status="in_progress")
    other = hub.pull({"export.py": {"text": "2\n"}})
    with pytest.raises(Refused, match="not of this commit"):
        hub.call("check.update", **commit(other), check_run_id=made["id"], **DONE)


def test_a_check_run_that_github_does_not_take_is_refused_with_its_code(hub, pull):
    """Its message is not repeated: it may quote what was sent."""
    with pytest.raises(Refused, match="422: conclusion missing"):
        hub.call("check.create", **commit(pull), name="hookline", status="completed")


def test_a_check_run_is_marked_as_ours_by_the_app_and_not_by_its_name(hub, pull, monkeypatch):
    """A fork's workflow could write one of our name."""
    head = {"repository": pull["repository"], "head_sha": pull["commit_id"]}
    hub.call("check.create", name="Code review", **head)
    (own,) = hub.call("check.list", **head)["items"]
    assert own["hookline"] == {"key": KEY}
    monkeypatch.setattr("functions.providers.github.sandbox.objects.app", lambda: {"id": 15368, "slug": "other"})
    (foreign,) = hub.call("check.list", **head)["items"]
    assert "hookline" not in foreign
