"""`hookline logs` and what `hookline dev` prints."""

import json
import os
import pty
import sys
import termios
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hookline.cli.commands.dev import KEYS, STAYS, STOPPED, Loop
from hookline.cli.commands.dev import dev as dev_command
from hookline.cli.commands.logs import logs as logs_command
from hookline.cli.keys import keys
from hookline.local import dev, stack
from hookline.local.dev import Live, Refused, Step
from hookline.operator.errors import OperatorError, UnknownName

GROUP = "/aws/lambda/hookline-agent-watch"


@pytest.fixture
def logs(moto, moto_client, monkeypatch):
    """The logs of one agent on a stack."""
    client = moto_client("logs")
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="s1")
    emulator = SimpleNamespace(alive=True)
    running = SimpleNamespace(client=moto_client, url="http://hooks", emulator=emulator, sources=["github"])
    monkeypatch.setattr(stack, "find", lambda: running)
    return client


def put(client, *written):
    events = [{"timestamp": int(time.time() * 1000), "message": text} for text in written]
    client.put_log_events(logGroupName=GROUP, logStreamName="s1", logEvents=events)


def line(message, **fields):
    return json.dumps({"level": "INFO", "message": message, **fields})


def run(*words):
    return CliRunner().invoke(logs_command, words)


def test_the_lines_of_the_named_function_are_printed(logs):
    put(logs, line("received", event="e1"))
    ended = run("watch")
    assert ended.exit_code == 0
    assert "agent.watch" in ended.output and "received  [e1]" in ended.output


def test_an_unknown_name_and_a_malformed_time_are_refused(logs):
    assert isinstance(run("wotch").exception, UnknownName)
    assert isinstance(run("--since", "5x").exception, OperatorError)


def test_without_a_stack_the_command_that_starts_it_is_said(monkeypatch):
    monkeypatch.setattr(stack, "find", lambda: None)
    assert "run 'hookline up'" in str(run().exception)


def test_json_lines_are_ascii_without_control_characters(logs):
    put(logs, line("one\x1b[2J\x7f"), line("two"))
    first, second = run("--json").stdout.splitlines()
    assert (json.loads(first)["message"], json.loads(second)["message"]) == ("one\x1b[2J\x7f", "two")
    assert "\x1b" not in first and "\x7f" not in first


def test_lines_about_an_event_only(logs):
    put(logs, line("mine", event="e1"), line("other", event="e2"))
    assert [json.loads(one)["message"] for one in run("--event", "e1", "--json").stdout.splitlines()] == ["mine"]


def test_following_ends_with_130_on_ctrl_c_and_reads_what_is_new(logs, monkeypatch):
    turns = iter([None, KeyboardInterrupt])

    def sleep(seconds):
        put(logs, line("new"))
        if end := next(turns):
            raise end

    monkeypatch.setattr(time, "sleep", sleep)
    ended = run("-f", "--json")
    assert ended.exit_code == 130
    assert [json.loads(one)["message"] for one in ended.stdout.splitlines()] == ["new"]


@pytest.fixture
def loop(logs):
    """A loop whose stack is live."""
    loop = Loop()
    loop.show(Live([""], ["cdk deploy"], 20.0))
    return loop


def test_a_loop_says_what_is_live_and_after_how_long(loop, capsys):
    loop.show(Step("updating the code of hookline-agent-watch"))
    loop.show(Live(["functions/agents/watch/agent.py"], ["updating"], 1.234))
    loop.show(Live(["functions/agents/watch/README.md"], [], 0.5))
    said = capsys.readouterr().out
    assert "live in 1.2 s: functions/agents/watch/agent.py\n" in said
    assert "live in 0.5 s: functions/agents/watch/README.md; nothing had to be deployed\n" in said
    assert KEYS not in said  # this is no terminal


def test_a_loop_says_that_the_version_before_stays_live(loop, capsys):
    loop.show(Refused(["agent.py"], "functions/ has findings:\nagent.py:3: \x1b[2J", 0.5))
    said = capsys.readouterr().err
    assert "agent.py:3: \\x1b[2J\n" in said
    assert "not deployed (0.5 s): agent.py; the version before stays live" in said


def test_a_loop_without_a_stack_has_nothing_that_stays_live(capsys, logs):
    Loop().show(Refused([""], "finding", 0.5))
    assert "nothing is deployed yet" in capsys.readouterr().err


def test_a_loop_shows_what_functions_log_but_not_what_services_did_well(loop, logs, capsys):
    logs.create_log_group(logGroupName="/aws/lambda/hookline-recorder")
    logs.create_log_stream(logGroupName="/aws/lambda/hookline-recorder", logStreamName="s1")
    loop.show(Live(["a.py"], ["updating"], 1.0))  # functions may be new
    put(logs, line("received"))
    events = [{"timestamp": int(time.time() * 1000), "message": line("appended")}]
    logs.put_log_events(logGroupName="/aws/lambda/hookline-recorder", logStreamName="s1", logEvents=events)
    assert loop.look()
    said = capsys.readouterr().out
    assert "received" in said and "appended" not in said


def test_a_loop_sees_that_its_stack_was_stopped_but_looks_once_a_second(logs, monkeypatch):
    now = [100.0]
    loop = Loop(lambda: now[0])
    assert loop.look()  # nothing is deployed yet
    loop.show(Live([""], [], 1.0))
    loop._stack.emulator.alive = False
    assert not loop.look()
    assert loop.look()
    now[0] += 1
    assert not loop.look()


def test_keys_come_from_a_terminal_which_is_as_before_afterwards(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(sys, "stdout", terminal)
        before = termios.tcgetattr(theirs)
        with keys() as pressed:
            assert pressed is not None and pressed() == ""
            os.write(ours, b"r1")
            assert pressed() == "r1"
        assert termios.tcgetattr(theirs) == before
    os.close(ours)


def test_without_a_terminal_there_are_no_keys(monkeypatch, tmp_path):
    (tmp_path / "input").write_text("q")
    with (tmp_path / "input").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        with keys() as pressed:
            assert pressed is None


def test_a_key_lists_deliveries_and_a_digit_sends_one_again(loop, tmp_path, monkeypatch, capsys):
    sent = []
    loop._stack.state = tmp_path
    monkeypatch.setattr("subprocess.run", lambda words, **_: sent.append(words[3:]))
    assert loop.press("1r") and sent == []
    assert "  1  github " in capsys.readouterr().out
    assert loop.press("9x1") and [words[:2] for words in sent] == [["send", "github"]]
    assert loop.press("1") and len(sent) == 1  # a digit counts once
    assert not loop.press("q")


class Running:
    """A redeployment that has ended or not."""

    def __init__(self, ended):
        self.ended, self.stopped = ended, False

    def messages(self):
        return iter([{"live": []}] if self.ended else [])

    def stop(self):
        self.stopped = True


@pytest.mark.parametrize(("ended", "said"), [(True, STAYS), (False, STOPPED)], ids=["live", "while it deploys"])
def test_ctrl_c_ends_the_command_with_130_and_says_what_is_left(logs, monkeypatch, tmp_path, ended, said):
    def saves():
        yield set()
        yield set()
        raise KeyboardInterrupt

    running = Running(ended)
    monkeypatch.setattr(stack, "STATE", tmp_path)
    monkeypatch.setattr(dev, "saves", saves)
    monkeypatch.setattr(dev, "Process", lambda *_: running)
    result = CliRunner().invoke(dev_command, [])
    assert (result.exit_code, running.stopped) == (130, not ended)
    assert said in result.output and "Traceback" not in result.output
