"""The logs of functions: what a line is, in which order, from where it is read, and how it is shown."""

import io
import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.cli.safe_console import SafeConsole
from hookline.operator import logs_reading
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.logs import Line, Raw, lines
from hookline.operator.logs_order import of_event
from hookline.operator.logs_reading import Reader, chosen, deployed, since
from hookline.operator.logs_text import COLOURS, json_of, own_part, texts

TRACEBACK = """Traceback (most recent call last):
  File "/s/tmp/ministack-lambda-x/code/functions/core/runtime/agent.py", line 120, in _outcomes
    return _checked(self._run(event, tools))
                    ^^^^^^^^^^^^^^^^^^^^^^^
  File "/s/tmp/ministack-lambda-x/code/functions/agents/watch/agent.py", line 8, in run
    return Done(event.data["channel"])
                ~~~~~~~~~~^^^^^^^^^^^
KeyError: 'channel'
"""


def raw(text, identity="agent.watch", stream="s1", at=100.0):
    return Raw(identity, stream, at, text)


def logged(message, at="2026-11-28 14:00:00,250+0000", level="INFO", **fields):
    return json.dumps({"level": level, "message": message, "timestamp": at, "service": "hookline", **fields})


def line(message="received", at=0.0, event="", causation="", correlation="e0", identity="agent.watch"):
    return Line(at, identity, "INFO", message, event, correlation, causation)


def shown(*found):
    output = io.StringIO()
    console = SafeConsole(file=output, width=10_000, highlight=False)
    for text in texts(found):
        console.print(text)
    return output.getvalue()


def test_a_json_line_has_its_own_time_level_ids_and_fields():
    (found,) = lines([raw(logged("decided", event="e1", correlation="e0", causation="e0", decision="Done"))])
    assert (found.at, found.level, found.message) == (1795874400.25, "INFO", "decided")
    assert (found.event, found.correlation, found.causation) == ("e1", "e0", "e0")
    assert found.fields == {"decision": "Done"}


def test_what_lambda_writes_about_invocations_and_metrics_are_no_lines():
    platform = ["START RequestId: r1 Version: 1", "END RequestId: r1", "REPORT RequestId: r1 Duration: 1 ms"]
    assert lines([raw(text) for text in (*platform, "INIT_START Runtime Version: x", '{"_aws": {}}')]) == []


def test_the_lines_of_a_text_are_one_and_a_traceback_is_an_error():
    found = lines(
        [raw("START RequestId: r1"), *(raw(text) for text in TRACEBACK.splitlines()), raw("END RequestId: r")]
    )
    assert [(one.level, one.message, one.traceback) for one in found] == [
        ("ERROR", "KeyError: 'channel'", TRACEBACK.rstrip())
    ]
    (printed,) = lines([raw("hello"), raw("you")])
    assert (printed.level, printed.message) == ("INFO", "hello you")
    (late,) = lines([raw("Task timed out after 3.00 seconds")])
    assert late.level == "ERROR"


def test_a_line_without_an_event_has_that_of_its_invocation():
    """On AWS many invocations are in one stream, on the emulator each has its own."""
    found = lines(
        [
            *(raw("START RequestId: r1"), raw(logged("received", event="e1", correlation="e0")), raw("printed")),
            *(raw("END RequestId: r1"), raw("START RequestId: r2"), raw("printed too")),
        ]
    )
    assert {one.message: (one.event, one.correlation) for one in found if "printed" in one.message} == {
        "printed": ("e1", "e0"),
        "printed too": ("", ""),
    }


def test_an_invocation_about_two_events_leaves_a_line_without_one():
    found = lines([raw("START RequestId: r1"), *(raw(logged("x", event=f"e{one}")) for one in (1, 2)), raw("printed")])
    assert [one.event for one in found if one.message == "printed"] == [""]


@given(st.lists(st.text(max_size=40) | st.sampled_from(["START RequestId: r", "{}", '{"level": 1}', "[" * 5000])))
def test_any_text_is_read(given_texts):
    """A function can log anything."""
    for found in lines(raw(text) for text in given_texts):
        json.dumps(json_of(found))
        shown(found)


def test_lines_of_several_functions_are_in_order_of_time():
    found = lines(
        [
            raw(logged("second", at="2026-11-28 14:00:02,000+0000"), identity="agent.watch"),
            raw(logged("first", at="2026-11-28 14:00:01,000+0000"), identity="connector.slack"),
        ]
    )
    assert [one.message for one in found] == ["first", "second"]


def test_the_lines_of_an_event_are_its_own_and_those_of_its_descendants():
    tree = [
        line("verified", 1, "e0"),
        line("published", 2, "e1", "e0"),
        line("received", 3, "e1", "e0"),
        line("published", 4, "e2", "e1"),
        line("received", 5, "e2", "e1"),
    ]
    other = line("received", 2.5, "x", correlation="x")
    assert of_event([*tree, other], "e0") == tree
    assert of_event([*tree, other], "e1") == tree[1:]
    assert of_event([*tree, other], "unheard") == []


def test_an_effect_never_comes_before_its_cause_though_the_clocks_differ():
    """The function of e1 and e2 is ten seconds behind, and keeps its distances."""
    found = of_event(
        [
            line("verified", 100, "e0", identity="webhook.acme"),
            line("published", 101, "e1", "e0", identity="webhook.acme"),
            line("received", 91, "e1", "e0"),
            line("decided", 92, "e1", "e0"),
            line("published", 93, "e2", "e1"),
            line("received", 93.5, "e2", "e1", identity="agent.other"),
        ],
        "e0",
    )
    assert [(one.message, one.event) for one in found] == [
        ("verified", "e0"),
        ("published", "e1"),
        ("received", "e1"),
        ("decided", "e1"),
        ("published", "e2"),
        ("received", "e2"),
    ]


def test_a_publication_comes_before_what_it_caused_though_it_was_logged_after():
    found = of_event(
        [line("received", 1, "e0"), line("received", 2.0, "e1", "e0"), line("published", 2.1, "e1", "e0")], "e0"
    )
    assert [one.message for one in found] == ["received", "published", "received"]


def test_a_cycle_of_causes_that_a_line_claims_ends():
    found = of_event([line("a", 1, "e1", "e2"), line("b", 2, "e2", "e1")], "e1")
    assert {one.message for one in found} == {"a", "b"}


@pytest.fixture
def logs(moto, moto_client):
    """CloudWatch Logs with three functions of this stage and one of another."""
    client = moto_client("logs")
    for name in ("hookline-agent-watch", "hookline-connector-slack", "hookline-verifier-slack", "dev-hookline-drain"):
        client.create_log_group(logGroupName=f"/aws/lambda/{name}")
        client.create_log_stream(logGroupName=f"/aws/lambda/{name}", logStreamName="s1")
    return client


def put(client, name, *written, at=None):
    now = int((at or time.time()) * 1000)
    client.put_log_events(
        logGroupName=f"/aws/lambda/{name}",
        logStreamName="s1",
        logEvents=[{"timestamp": now, "message": text} for text in written],
    )


def test_the_deployed_functions_are_those_of_this_stage(logs):
    assert deployed(logs) == {
        "agent.watch": "/aws/lambda/hookline-agent-watch",
        "connector.slack": "/aws/lambda/hookline-connector-slack",
        "webhook.slack": "/aws/lambda/hookline-verifier-slack",
    }


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], {"agent.watch", "connector.slack", "webhook.slack"}),
        (["watch"], {"agent.watch"}),
        (["slack"], {"connector.slack", "webhook.slack"}),
        (["connector.slack"], {"connector.slack"}),
        (["hookline-agent-watch", "webhook.slack"], {"agent.watch", "webhook.slack"}),
    ],
)
def test_a_function_has_a_short_name_an_identity_and_the_name_on_aws(logs, names, found):
    assert chosen(names, deployed(logs)).keys() == found


@pytest.mark.parametrize(("name", "near"), [("wotch", "watch"), ("conector.slack", "connector.slack")])
def test_an_unknown_name_gets_the_nearest(logs, name, near):
    with pytest.raises(UnknownName, match=f"there is no function '{name}' .*{near}"):
        chosen([name], deployed(logs))


def test_each_line_is_read_once_and_the_same_text_twice_is_two(logs):
    reader = Reader(logs, deployed(logs), time.time() - 60)
    put(logs, "hookline-agent-watch", logged("same"), logged("same"))
    assert [one.message for one in reader.read()] == ["same", "same"]
    put(logs, "hookline-agent-watch", logged("new"))
    put(logs, "hookline-connector-slack", logged("late"), at=time.time() - 10)
    assert {one.message for one in reader.read()} == {"new", "late"}
    assert reader.read() == []


def test_what_was_logged_before_the_start_is_not_read(logs):
    put(logs, "hookline-agent-watch", logged("old"), at=time.time() - 600)
    assert Reader(logs, deployed(logs), time.time() - 60).read() == []


def test_a_group_that_is_gone_has_no_lines(logs):
    groups = deployed(logs)
    logs.delete_log_group(logGroupName=groups["agent.watch"])
    assert Reader(logs, groups, 0).read() == []


class Cut:
    """CloudWatch Logs that cuts an answer without a token, as the emulator does."""

    events = [{"logStreamName": "s", "timestamp": at, "message": f"m{at}-{n}"} for at in range(5) for n in range(3)]

    def filter_log_events(self, logGroupName, startTime, limit):
        return {"events": [one for one in self.events if one["timestamp"] >= startTime][:limit]}


def test_an_answer_that_is_cut_is_read_on(monkeypatch):
    monkeypatch.setattr(logs_reading, "MOST", 7)
    found = Reader(Cut(), {"agent.watch": "group"}, 0)._group(("agent.watch", "group"))
    assert [one.text for one in found] == [one["message"] for one in Cut.events]


NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("30s", NOW - 30),
        ("5m", NOW - 300),
        ("2h", NOW - 7200),
        ("1d", NOW - 86400),
        ("2026-11-01", 1793491200.0),
        ("2026-11-01T12:00:00Z", 1793534400.0),
    ],
)
def test_since_is_a_duration_or_a_time(text, start):
    assert since(text, NOW) == start


@pytest.mark.parametrize("text", ["5x", "m", "-5m", "yesterday", "5 m", "99999999999999d", "٥m"])
def test_any_other_since_is_refused_with_what_to_write(text):
    with pytest.raises(OperatorError, match="is neither a duration nor a time: write 30s, 5m, 2h or 1d"):
        since(text, NOW)


def test_a_traceback_is_shown_with_its_message_and_the_users_own_lines():
    """The engine's frames are left out; a file is named as in the project."""
    assert own_part(TRACEBACK) == [
        "Traceback (most recent call last):",
        "  functions/agents/watch/agent.py:8 in run",
        '    return Done(event.data["channel"])',
        "                ~~~~~~~~~~^^^^^^^^^^^",
        "KeyError: 'channel'",
    ]
    engine = TRACEBACK.replace("functions/agents/watch", "functions/core/gate")
    assert "  functions/core/runtime/agent.py:120 in _outcomes" in own_part(engine)


def test_a_line_is_shown_with_its_identity_level_fields_and_event():
    found = replace(line("retried later", event="e1"), level="WARNING", fields={"reason": "busy", "id": "unshown"})
    (text,) = shown(found).splitlines()
    assert "agent.watch" in text and "WARNING retried later  reason=busy  [e1]" in text
    assert "unshown" not in text


def test_each_identity_has_its_own_colour_every_time():
    def colour(identity):
        return next(texts([line(identity=identity)])).spans[1].style

    assert colour("agent.watch") == colour("agent.watch")
    assert len({colour(f"agent.a{number}") for number in range(50)}) == len(COLOURS)


def test_hostile_text_in_a_log_cannot_control_the_terminal():
    hostile = "\x1b]0;title\x07\x1b[2J\r"
    found = replace(
        line(hostile, event=hostile), identity=hostile, fields={hostile: hostile}, traceback=f"{hostile}\n{hostile}"
    )
    assert not any(letter in shown(found) for letter in "\x1b\x07\r")


def test_as_json_a_line_has_all_of_it_and_nothing_empty():
    found = lines([raw(logged("failed", event="e1", traceback=TRACEBACK, id="1"))])[0]
    assert json_of(found) == {
        "at": "2026-11-28T14:00:00.250000Z",
        "identity": "agent.watch",
        "level": "INFO",
        "message": "failed",
        "event": "e1",
        "fields": {"id": "1"},
        "traceback": TRACEBACK,
    }
