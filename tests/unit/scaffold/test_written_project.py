"""`hookline new` in a copy of the project: what it writes passes the project's tests, which fail if it is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.interpreters import ROOT

COPIED = ("functions", "hookline", "infra", "requirements", "tests", "docs", "cdk.json", "pyproject.toml")
# The contract tests that a new folder must pass and that need no synthesis.
CONTRACT = [
    f"tests/contract/test_{name}.py"
    for name in ("agents", "connectors", "sandboxes", "sources", "taxonomy", "translations")
]
PROVIDER = ["--scheme", "hmac-sha256", "--header", "X-Acme-Signature", "--encoding", "hex"]
API = ["--base", "https://api.acme.example/", "--credential", "bearer", "--translates", "note.created=note.taken"]
USES = ["--uses", "slack:message.post", "--to", "alerts"]
AGENT = ["--subscribes", "note.taken", "--subscribes", "change.proposed", *USES]
# Acts on what an agent's event names, asks a person, reads a timeline, and publishes; and raw types with and without a
# fixture, and a decision, which the testing kit makes of nothing.
ASKER = ["--subscribes", "payment.held", "--subscribes", "payment.succeeded", "--uses", "stripe:charge.retrieve"]
ASKER += ["--uses", "stripe:refund.create", "--uses", "context:timeline.read", "--publishes", "payment.failed"]
RAW = ["--subscribes", "review.denied", "--subscribes", "github.unmapped", "--raw", "issues.opened", *USES]
ODD = ["--subscribes", "gitlab.unmapped", "--raw", "Emoji Hook", "--publishes", "payment.held"]
AGENTS = {"announcer": AGENT, "asker": ASKER, "raw": RAW, "odd": ODD, "plain": ["--subscribes", "ticket.created"]}
ACTING = ("announcer", "asker", "raw")
PROVIDERS_FILES = ("__init__.py", "README.md", "connector.py", "fixtures", "sandbox.py", "source.py", "translate.py")
# For each new file, a change that breaks it; its test.
BROKEN = {
    "agents/announcer/agent.py": ("text=text_of(event)", 'text="nothing"', "agents/test_announcer_agent.py"),
    "events/note_taken.py": ("text: Text\n", "text: Text | None = None\n", "events/test_note_taken_event.py"),
    "agents/asker/policy.cedar": ("@ask\n", "", "agents/test_asker_agent.py"),
    "providers/acme/source.py": ('SignedId(["id"])', 'SignedId(["data.id"])', "providers/test_acme_provider.py"),
}


class Copy:
    """A copy of the project in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a module of Python in it, as a user does without a terminal."""
        command = [sys.executable, "-m", *words]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def test(self, *words: str) -> tuple[int, str]:
        """Run tests; returns pytest's exit code and what it says."""
        done = self.run("pytest", "-rfE", "-p", "no:cacheprovider", *words)
        return done.returncode, done.stdout

    def files(self) -> dict[str, bytes]:
        """Every file and its content, without bytecode."""
        found = [path for path in self.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy with a new event, a new provider that translates to it, a new agent that subscribes to it, and others."""
    copy = Copy(tmp_path_factory.mktemp("project"))
    before = copy.files()
    for words in (
        ["event", "note.taken", "--field", "text:text", "--field", "count:number"],
        ["provider", "acme", *PROVIDER, *API],
        *(["agent", name, *options] for name, options in AGENTS.items()),
        ["flow", "changes", "--send", "github:pull_request_opened__ordinary"],
    ):
        done = copy.run("hookline", "new", *words)
        assert done.returncode == 0, done.stderr
    copy.before = before
    return copy


def test_nothing_that_was_there_is_changed(copy):
    after = copy.files()
    assert {file: after[file] for file in copy.before} == copy.before
    assert {"/".join(file.split("/")[:4]) for file in after.keys() - copy.before.keys()} == {
        *(f"functions/agents/{name}/{file}" for name in AGENTS for file in ("__init__.py", "agent.py", "manifest.py")),
        *(f"functions/agents/{name}/{file}" for name in ACTING for file in ("policy.cedar", "tools.py")),
        *(f"tests/unit/agents/test_{name}_agent.py" for name in AGENTS),
        "functions/events/note_taken.py",
        "tests/unit/events/test_note_taken_event.py",
        *(f"functions/providers/acme/{file}" for file in PROVIDERS_FILES),
        "tests/unit/providers/test_acme_provider.py",
        "hookline/demo/flows/changes.py",
        "tests/unit/demo/test_changes_flow.py",
    }


def test_the_new_files_pass_validation_style_and_the_contract_tests(copy):
    found = copy.run("hookline", "agents", "tools", "announcer")  # which reads and checks everything
    assert (found.returncode, found.stderr) == (0, "")
    style = copy.run(
        "ruff", "check", "--no-cache", "functions", "tests/unit/agents", "tests/unit/providers", "tests/unit/events"
    )
    assert style.returncode == 0, style.stdout
    code, said = copy.test(*CONTRACT, "-k", "acme or announcer or note.taken or subscribe", "-m", "not synth")
    assert code == 0, said


def test_the_new_tests_pass_and_each_fails_if_what_it_tests_is_broken(copy):
    tests = [f"tests/unit/{test}" for _, _, test in BROKEN.values()]
    code, said = copy.test(*tests, *(f"tests/unit/agents/test_{name}_agent.py" for name in AGENTS), "tests/unit/demo")
    assert code == 0, said
    good = {file: (copy.root / "functions" / file).read_text() for file in BROKEN}
    try:
        for file, (was, broken, _) in BROKEN.items():
            assert was in good[file]
            (copy.root / "functions" / file).write_text(good[file].replace(was, broken))
        code, said = copy.test(*tests)
    finally:
        for file, text in good.items():
            (copy.root / "functions" / file).write_text(text)
    assert [test for test in tests if f"FAILED {test}" in said] == tests, said


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["agent", "announcer", *AGENT], 1, "functions/agents/announcer exists already"),
        (["event", "change.proposed", "--field", "a:text"], 1, "there is an event 'change.proposed' already"),
        (["agent", "../x", *AGENT], 1, "agent name '../x'"),
        (["agent", "x", "--subscribes", "change.propsed"], 2, "did you mean change.proposed?"),
        (["agnt", "x"], 2, "did you mean agent?"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_what_cannot_be_written_is_one_line_and_nothing_is_written(copy, words, code, says):
    """The other messages are in tests/unit/cli/test_new.py and beside this file, where a case costs less."""
    before = copy.files()
    done = copy.run("hookline", "new", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr and "Traceback" not in done.stderr
    if code == 1:
        assert done.stderr.count("\n") == 1
    assert copy.files() == before


@pytest.mark.parametrize(
    "words",
    [["event", "x.made", "--field", "a:text"], ["agent", "x", *AGENT]],
    ids=lambda words: words[0],
)
def test_an_event_that_cannot_be_read_is_named_with_its_line(copy, words):
    """Not a traceback of the code that reads it."""
    broken = copy.root / "functions/events/broken.py"
    broken.write_text("def (:\n")
    try:
        done = copy.run("hookline", "new", *words)
    finally:
        broken.unlink()
    assert (done.returncode, done.stdout) == (1, "")
    assert "functions/events/broken.py:1: SyntaxError" in done.stderr and "Traceback" not in done.stderr
