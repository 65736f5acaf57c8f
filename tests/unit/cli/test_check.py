"""hookline check: what it prints, for people and as data, and its exit codes."""

import json

import pytest
from click.testing import CliRunner

from hookline.cli.commands.check import check
from hookline.operator.check import Report
from hookline.operator.errors import OperatorError, UnknownName
from hookline.validation.findings import Finding

FINDING = Finding("functions/agents/care/agent.py", 9, "calls tools.x, which the manifest does not use")
WARNING = Finding("functions/agents/care/manifest.py", 4, "publishes 'a.b', which no agent subscribes to")
AROUND = Finding("", 0, "HOOKLINE_PORT='x' is not a port")
CHECKED = {"agents": 2, "providers": 1, "events": 3}


@pytest.fixture
def run():
    """Runs the command on the project itself."""
    return lambda *words: CliRunner().invoke(check, words, catch_exceptions=False)


@pytest.fixture
def asked(monkeypatch):
    """Runs the command on a report that is given; returns the result, and what was checked."""

    def run(report, *words):
        calls = []
        monkeypatch.setattr(
            "hookline.operator.check.check", lambda *given, **named: calls.append((given, named)) or report
        )
        return CliRunner().invoke(check, words, catch_exceptions=False), calls[0]

    return run


def test_findings_are_lines_with_their_place_and_end_with_exit_code_1(asked):
    result, _ = asked(Report([FINDING, AROUND], [WARNING], CHECKED))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "functions/agents/care/agent.py:9: calls tools.x, which the manifest does not use",
        "HOOKLINE_PORT='x' is not a port",
        "functions/agents/care/manifest.py:4: warning: publishes 'a.b', which no agent subscribes to",
        "2 agents, 1 provider and 3 events: 2 findings, 1 warning",
    ]


def test_warnings_alone_are_printed_and_end_with_exit_code_0(asked):
    result, _ = asked(Report([], [WARNING], CHECKED))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "2 agents, 1 provider and 3 events: no findings, 1 warning"


def test_without_findings_it_is_one_line(asked):
    result, _ = asked(Report([], [], CHECKED), "care", "acme")
    assert (result.exit_code, result.stdout) == (0, "care, acme: no findings\n")


def test_as_data_it_is_one_document_with_the_same_exit_code(asked):
    result, _ = asked(Report([FINDING], [WARNING], CHECKED), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "findings": [{"file": FINDING.file, "line": 9, "what": FINDING.what}],
        "warnings": [{"file": WARNING.file, "line": 4, "what": WARNING.what}],
        "checked": CHECKED,
    }


@pytest.mark.parametrize(
    ("words", "given", "aws"),
    [((), {}, False), (("--aws",), {}, True), (("-c", "mode=test", "-c", "sources=a=b"), None, True)],
)
def test_given_settings_are_those_of_a_deployment_to_aws(asked, words, given, aws):
    _, ((names, settings), named) = asked(Report([], [], CHECKED), *words)
    assert (names, named) == ((), {"aws": aws})
    assert settings == ({"mode": "test", "sources": "a=b"} if given is None else given)


def test_the_project_itself_has_no_findings(run):
    result = run()
    assert result.exit_code == 0
    assert ": no findings" in result.stdout.splitlines()[-1]
    assert json.loads(run("fraud", "stripe", "--json").stdout)["findings"] == []


def test_an_unknown_name_is_refused_with_the_nearest(run):
    with pytest.raises(UnknownName, match="there is no agent or provider 'frad' .did you mean fraud"):
        run("frad")


def test_a_malformed_setting_is_refused(run):
    with pytest.raises(OperatorError, match="-c 'mode': write NAME=VALUE"):
        run("-c", "mode")


def test_a_malformed_stage_is_refused(run):
    result = run("-c", "stage=Prod")
    assert result.exit_code == 2
    assert "stage 'Prod'" in result.output
