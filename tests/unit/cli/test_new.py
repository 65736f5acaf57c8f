"""hookline new: what it asks in a terminal, and what it prints."""

import pytest
from click.testing import CliRunner

from hookline.cli.commands import new as command
from hookline.operator.errors import OperatorError
from hookline.scaffold import writing


@pytest.fixture
def written(monkeypatch):
    """What would be written; nothing is."""
    made = []

    def write(new):
        made.append(new)
        return sorted(new.files)

    monkeypatch.setattr(writing, "write", write)
    return made


@pytest.fixture
def run(written, monkeypatch):
    """Runs the command; with `answers`, in a terminal in which somebody types them."""

    def run(*words, answers=()):
        monkeypatch.setattr(command, "_asks", lambda: bool(answers))
        typed = "".join(f"{answer}\n" for answer in answers)
        return CliRunner().invoke(command.new, words, input=typed, catch_exceptions=False)

    return run


def text(new, end):
    (found,) = (text for file, text in new.files.items() if file.endswith(end))
    return found


def test_an_agent_by_questions_is_the_one_by_options(run, written):
    asked = run(
        "agent", "planted", answers=["change.proposed", "", "slack:message.post", "", "alerts", "payment.held", ""]
    )
    assert asked.exit_code == 0
    run(
        "agent", "planted", "--subscribes", "change.proposed", "--uses", "slack:message.post", "--to", "alerts",
        "--publishes", "payment.held",
    )  # fmt: skip
    first, second = written
    assert first == second
    assert 'to=["alerts"]' in text(first, "manifest.py").replace("'", '"')


def test_an_agent_without_uses_is_asked_for_no_destination(run, written):
    assert run("agent", "planted", answers=["payment.failed", "", "", ""]).exit_code == 0
    assert not any(file.endswith(("policy.cedar", "tools.py")) for file in written[0].files)


def test_an_agent_of_an_unmapped_event_is_asked_for_its_raw_type(run, written):
    assert run("agent", "planted", answers=["github.unmapped", "", "issues.opened", "", ""]).exit_code == 0
    assert "raw=['issues.opened']" in text(written[0], "manifest.py")


def test_an_unknown_answer_is_asked_again(run, written):
    asked = run("agent", "planted", answers=["change.propsed", "change.proposed", "", "", ""])
    assert asked.exit_code == 0
    assert "Error: " in asked.output
    assert "'change.proposed'" in text(written[0], "manifest.py")


@pytest.mark.parametrize(
    ("answers", "options"),
    [
        (
            ["hmac-sha256", "X-Acme-Signature", "base64", "https://api.acme.example/", "basic"],
            ["--scheme", "hmac-sha256", "--header", "X-Acme-Signature", "--encoding", "base64"]
            + ["--base", "https://api.acme.example/", "--credential", "basic"],
        ),
        (["equality", "X-Acme-Key", ""], ["--scheme", "equality", "--header", "X-Acme-Key"]),
        (["svix", ""], ["--scheme", "svix"]),
    ],
    ids=["with an API", "a shared key", "a shared scheme"],
)
def test_a_provider_by_questions_is_the_one_by_options(run, written, answers, options):
    assert run("provider", "planted", answers=answers).exit_code == 0
    run("provider", "planted", *options)
    assert written[0] == written[1]


def test_an_event_by_questions_is_the_one_by_options(run, written):
    assert run("event", "planted.made", answers=["text", "", "count", "number", ""]).exit_code == 0
    run("event", "planted.made", "--field", "text:text", "--field", "count:number")
    assert written[0] == written[1]


def test_a_flow_by_questions_is_the_one_by_options(run, written):
    assert run("flow", "planted", answers=["github:pull_request_opened__ordinary", ""]).exit_code == 0
    run("flow", "planted", "--send", "github:pull_request_opened__ordinary")
    assert written[0] == written[1]


@pytest.mark.parametrize("kind", ["agent", "provider", "event", "flow"])
def test_without_a_terminal_nothing_is_asked(run, written, kind):
    with pytest.raises(OperatorError, match="give "):
        run(kind, "planted.made" if kind == "event" else "planted")
    assert written == []


def test_a_name_that_cannot_be_is_refused_before_a_question(run, written):
    with pytest.raises(OperatorError, match="class"):
        run("agent", "class", answers=["change.proposed"])
    assert written == []


def test_ctrl_c_at_a_question_writes_nothing(run, written):
    ended = run("agent", "planted", answers=["change.proposed"])  # and the end of what is typed
    assert (ended.exit_code, written) == (1, [])
    assert "Aborted!" in ended.output


def test_what_was_written_and_the_next_commands_are_printed(run):
    said = run("agent", "planted", "--subscribes", "change.proposed", "--uses", "slack:message.post", "--to", "alerts")
    lines = said.output.splitlines()
    assert lines[0] == "wrote functions/agents/planted/__init__.py"
    assert any(line.startswith("subscribes to change.proposed from ") for line in lines)
    check, up, send, *rest = lines[lines.index("next:") + 1 :]
    assert (check, up) == ("  hookline check", "  hookline up")
    assert send.startswith("  hookline send ")
    assert rest == ["  make test ARGS='tests/unit/agents/test_planted_agent.py'", "  make permissions"]
