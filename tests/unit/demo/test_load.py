"""A flow as a load: which deliveries are sent, again and again, and what their latencies are counted from."""

from dataclasses import replace
from itertools import islice

import pytest

from hookline.demo import found, load
from hookline.demo.flow import Delivery, Flow, Run
from hookline.demo.load import CONNECTIONS, Figures, deliveries
from hookline.demo.watch import Sent
from hookline.operator.send import Posted

RUN = Run("ab" * 6, found.NOW)


@pytest.mark.parametrize("name", found.names())
def test_a_load_of_any_flow_is_as_long_as_needed_and_sends_nothing_twice(name):
    """A body may be sent under several ids, and one that a sandbox makes is not known yet."""
    made = list(islice(deliveries(found.load(name), RUN), 120))
    bodies = [one.body for one in made if one.body]
    assert {one.kind for one in made} == {"signed"}
    assert len(set(bodies)) >= 0.8 * len(bodies)


def test_without_a_load_of_its_own_a_flow_sends_the_signed_deliveries_of_its_acts():
    assert next(deliveries(replace(found.load("payments"), load=None), RUN)).story.startswith("anna, as usual")
    with_load = Flow("a flow", [], lambda run: (), load=lambda run: [Delivery("mine", "stripe", run.own())])
    assert [one.story for one in islice(deliveries(with_load, RUN), 2)] == ["mine", "mine"]


class Watch:
    """Answers the posts with the statuses in `answers`, then with 200; `groups` are how many came together."""

    def __init__(self, *answers):
        self.answers, self.groups = list(answers), []

    def post(self, together):
        self.groups.append(len(together))
        return [Sent(one, Posted(self._status(), "", float(len(self.groups))), (), "") for one in together]

    def _status(self):
        return self.answers.pop(0) if self.answers else 200


def test_what_a_verifier_could_not_take_is_sent_again_and_counts_from_its_first_try(monkeypatch):
    monkeypatch.setattr(load.time, "sleep", lambda seconds: None)
    watch = Watch(200, 500, 200, 503)
    sent = load._accepted(watch, [Delivery(str(n), "stripe", "{}") for n in range(3)])
    assert [one.posted.status for one in sent] == [200, 200, 200]
    assert [one.posted.sent for one in sent] == [1.0, 1.0, 1.0]
    assert watch.groups == [3, 1, 1]


def test_no_more_deliveries_are_sent_at_once_than_there_are_connections():
    watch = Watch()
    load._accepted(watch, [Delivery(str(n), "stripe", "{}") for n in range(CONNECTIONS + 1)])
    assert watch.groups == [CONNECTIONS, 1]


def test_the_figures_of_each_flow_are_a_line(monkeypatch, capsys):
    figures = Figures("calls", 300, [1.0], [2.0], 5, 113, 10, 103, 0, 0)
    monkeypatch.setattr(load, "_own_stack", lambda names: __import__("contextlib").nullcontext())
    monkeypatch.setattr(load, "play", lambda running, name: figures)
    load.main(["calls"])
    assert '"flow": "calls"' in capsys.readouterr().out
