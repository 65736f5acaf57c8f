"""The loop of `hookline dev`: no save is lost, no two redeployments run at once, and no failure ends it."""

import sys

import pytest

from hookline.local import dev
from hookline.local.dev import Live, Process, Redeployer, Refused, Step, named


class Running:
    """A redeployment whose messages and end the test decides."""

    def __init__(self):
        self.written, self.ended, self.stopped = [], False, False

    def messages(self):
        written, self.written = self.written, []
        yield from written

    def stop(self):
        self.stopped = True

    def end(self, **message):
        self.written.append(message)
        self.ended = True


@pytest.fixture
def started():
    """The redeployments that were started."""
    return []


@pytest.fixture
def redeployer(started, clock):
    def start():
        started.append(Running())
        return started[-1]

    return Redeployer(start, lambda: clock.now)


def test_a_save_starts_a_redeployment_and_its_result_has_the_time_since_the_save(redeployer, started, clock):
    redeployer.saved(["agent.py"])
    assert redeployer.turn() == []
    started[0].written.append({"step": "updating"})
    assert redeployer.turn() == [Step("updating")]
    clock.now += 2
    started[0].end(live=["updating"])
    assert redeployer.turn() == [Live(["agent.py"], ["updating"], 2)]
    assert (redeployer.turn(), redeployer.busy, len(started)) == ([], False, 1)


def test_saves_during_a_redeployment_are_in_one_after_it(redeployer, started, clock):
    redeployer.saved(["one.py"])
    redeployer.turn()
    for file in ("two.py", "three.py", "two.py"):
        clock.now += 1
        redeployer.saved([file])
        redeployer.turn()
    assert len(started) == 1
    started[0].end(live=[])
    assert redeployer.turn() == [Live(["one.py"], [], 3)]
    assert len(started) == 2
    started[1].end(live=[])
    assert redeployer.turn() == [Live(["three.py", "two.py"], [], 2)]


def test_findings_are_shown_and_the_next_save_is_deployed(redeployer, started):
    redeployer.saved(["agent.py"])
    redeployer.turn()
    started[0].end(failed="agent.py:3: SyntaxError")
    assert redeployer.turn() == [Refused(["agent.py"], "agent.py:3: SyntaxError", 0)]
    redeployer.saved(["agent.py"])
    redeployer.turn()
    assert len(started) == 2


def test_a_redeployment_that_dies_is_reported_and_the_loop_goes_on(redeployer, started):
    redeployer.saved(["agent.py"])
    redeployer.turn()
    started[0].ended = True
    (news,) = redeployer.turn()
    assert isinstance(news, Refused) and "without a result" in news.why
    assert not redeployer.busy


def test_a_result_that_comes_before_its_end_is_reported_once(redeployer, started):
    redeployer.saved(["agent.py"])
    redeployer.turn()
    started[0].written.append({"live": []})
    assert len(redeployer.turn()) == 1
    started[0].ended = True
    assert redeployer.turn() == []


def test_at_the_end_the_running_redeployment_is_stopped(redeployer, started):
    redeployer.saved(["agent.py"])
    redeployer.turn()
    redeployer.stop()
    assert started[0].stopped and not redeployer.busy


def test_a_process_gives_its_json_lines_and_ends(tmp_path, monkeypatch):
    """Anything else that an import prints is no message."""
    program = "print('noise'); print('{\"live\": []}')"
    monkeypatch.setattr(dev, "COMMAND", [sys.executable, "-c", program])
    process = Process(state=tmp_path)
    process._reader.join()
    assert process.ended and list(process.messages()) == [{"live": []}]


def test_a_process_gets_the_state_and_the_options_of_the_first(tmp_path, monkeypatch):
    program = "import sys; print(sys.argv[1])"
    monkeypatch.setattr(dev, "COMMAND", [sys.executable, "-c", program])
    process = Process(["gitlab"], {"alerts": "slack:channel/C1"}, tmp_path)
    process._reader.join()
    given = {"state": str(tmp_path), "also": ["gitlab"], "bind": {"alerts": "slack:channel/C1"}}
    assert (list(process.messages()), process.ended) == ([given], True)


def test_many_saved_files_are_few_names():
    assert named(["a", "b", "c", "d", "e"]) == "a, b, c, 2 more"
    assert named([""]) == ""
