"""What all commands have in common: where they work, and what a failure looks like."""

import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from hookline.__main__ import main
from hookline.operator.errors import OperatorError
from infra.interpreters import ROOT


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command as a shell would: gives the exit code and what it says on standard error."""

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["hookline", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().err

    return command


@pytest.mark.parametrize(
    "words",
    [
        ["reviews", "show", "1"],
        ["reviews", "approve", "1"],
        ["reviews", "deny", "1"],
        ["reviews", "link", "1", "--for", "ada"],
        ["dead-letters", "show", "1"],
        ["dead-letters", "redrive", "1"],
        ["dead-letters", "discard", "fraud", "--all", "--reason", "tests"],
        ["agents", "suspend", "fraud"],
        ["agents", "resume", "fraud"],
    ],
    ids=" ".join,
)
def test_aws_may_stand_before_or_after_the_subcommand(run, monkeypatch, words):
    """A decision that is meant for AWS never falls on the local stack."""

    def account(aws):
        raise OperatorError("on AWS" if aws else "on the local stack")

    monkeypatch.setattr("hookline.operator.account.account", account)
    group, *rest = words
    assert run(*words) == (1, "hookline: on the local stack\n")
    assert run(*words, "--aws") == run(group, "--aws", *rest) == (1, "hookline: on AWS\n")


@pytest.mark.parametrize(
    "error",
    [NoCredentialsError(), ClientError({"Error": {"Code": "AccessDenied", "Message": "not yours"}}, "GetItem")],
    ids=["no credentials", "denied"],
)
def test_what_aws_refuses_is_one_line(run, monkeypatch, error):
    """Not a traceback."""

    def account(aws):
        raise error

    monkeypatch.setattr("hookline.operator.account.account", account)
    assert run("budget", "show", "stripe:evt_1", "--aws") == (1, f"hookline: AWS: {error}\n")


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    """Its traceback shows where it is."""

    def account(aws):
        raise ZeroDivisionError

    monkeypatch.setattr("hookline.operator.account.account", account)
    monkeypatch.setattr(sys, "argv", ["hookline", "budget", "show", "stripe:evt_1"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_no_command_imports_a_provider_before_it_runs():
    """A mistake in one provider's manifest must not stop `down`, or `agents suspend`, with a traceback."""
    code = (
        "import sys, hookline.__main__; print([name for name in sys.modules if name.startswith('functions.providers')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (["agent"], "did you mean agents?"),
        (["agents", "show", "frod"], "did you mean fraud?"),
        (["sources", "show", "strip"], "did you mean stripe?"),
        (["send", "strip"], "did you mean stripe?"),
    ],
    ids=" ".join,
)
def test_an_unknown_name_gets_the_nearest_and_exit_code_2(run, words, nearest):
    """For commands as for agents, sources and connectors."""
    code, said = run(*words)
    assert code == 2
    assert nearest in said


def test_help_lists_every_command_of_the_folder(capsys, monkeypatch):
    """A command is added by adding its file."""
    monkeypatch.setattr(sys, "argv", ["hookline", "--help"])
    with pytest.raises(SystemExit):
        main()
    listed = capsys.readouterr().out
    files = (ROOT / "hookline/cli/commands").glob("[!_]*.py")
    assert all(f"  {file.stem.replace('_', '-')} " in listed for file in files)
