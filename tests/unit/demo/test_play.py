"""One run of a flow, on a stack that is played: what is sent together, decided, planted and checked."""

import json
from contextlib import suppress
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hookline.cli.commands.demo import demo
from hookline.demo import run, stopped
from hookline.demo.audience import Audience, Lines
from hookline.demo.flow import Act, Check, Decision, Delivery, Fault, Flow, Run, SandboxCall, Table
from hookline.demo.handled import Subscribers
from hookline.demo.watch import Sent
from hookline.operator.send import Posted
from tests.unit.demo.records import APPROVAL, FRAUD, ROOT, approved, decided, held, published, record

FIRST, SECOND = Delivery("a payment", "stripe", "{}"), Delivery("another", "stripe", '{"b": 1}')
FAULT = Fault("the answer is lost", "stripe", {"fault": "after"})
SINCE = 1_790_000_000.0
DONE = [
    *approved(),
    *decided(event=APPROVAL, action="payment.approved", decision="Emit"),
    *published("fraud", "agent.fraud:payment.approved:1", "payment.approved", cause=APPROVAL),
]


class Watch:
    """Follows no stack: every delivery is accepted, and leads to the records of `trees`."""

    def __init__(self, records=()):
        self.together, self.controls = [], []
        self.records, self.trees, self.before = list(records), {}, {}
        self.subscribers = Subscribers({"fraud": FRAUD}, ["fraud"])
        control = lambda method, path, body=None: self.controls.append((method, path)) or {}  # noqa: E731 - a fake
        self.running = SimpleNamespace(sandboxes=SimpleNamespace(control=control))
        self.trail = None

    def prepare(self, calls):
        self.together += [call.path for call in calls]

    def post(self, deliveries):
        self.together.append([one.story for one in deliveries])
        return [Sent(one, Posted(200, "", SINCE), (ROOT,), "digest") for one in deliveries]

    def identify(self, sent, patience):
        return sent

    def follow(self, events, patience):
        self.trees = dict.fromkeys(events, self.records)
        return self.records

    def reread(self, patience):
        return self.trees


def played(*acts, watch, audience=None):
    flow = Flow("a flow", ["fraud"], lambda run: acts)
    return run.Play("mine", flow, Run("ab" * 6, SINCE), watch, audience or Audience()).all(acts)


def test_deliveries_of_an_act_are_sent_one_by_one_or_at_once():
    for at_once, together in ((False, [["a payment"], ["another"]]), (True, [["a payment", "another"]])):
        watch = Watch(held())
        played(Act("An act", "Look.", [FIRST, SECOND], at_once=at_once), watch=watch)
        assert watch.together == together


def test_deliveries_that_a_sandbox_makes_are_made_and_sent_in_their_order():
    """Also in an act that sends its deliveries at once: the second changes what the first is about."""
    calls = [SandboxCall("github", name) for name in ("opened", "pushed")]
    made = [Delivery(call.path, "github", prepare=[SandboxCall("github", "commit")], made=call) for call in calls]
    watch = Watch(held())
    played(Act("An act", "Look.", made, at_once=True), watch=watch)
    assert watch.together == ["commit", ["opened"], "commit", ["pushed"]]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_fault_is_planted_and_removed_however_its_act_ends(error):
    def ends(seen):
        raise error

    watch = Watch(held())
    with suppress(error):
        played(Act("An act", "Look.", [FAULT, FIRST, Check("ends", ends)]), watch=watch)
    assert watch.controls == [("POST", "/_sandbox/faults"), ("DELETE", "/_sandbox/faults")]


def test_an_act_without_a_fault_leaves_the_users_own_faults():
    watch = Watch(held())
    played(Act("An act", "Look.", [FIRST]), watch=watch)
    assert watch.controls == []


def test_a_check_that_fails_is_counted():
    checks = [Check("holds", lambda seen: True), Check("fails", lambda seen: False)]
    assert played(Act("An act", "Look.", [FIRST, *checks]), watch=Watch(held()))["failed_checks"] == 1


def test_deliveries_sent_at_once_are_shown_one_after_the_other_with_their_answers():
    class Order(Audience):
        said = []

        def delivery(self, delivery):
            self.said.append(delivery.story)

        def answer(self, sent):
            self.said.append(sent.posted.status)

    played(Act("An act", "Look.", [FIRST, SECOND], at_once=True), watch=Watch(held()), audience=Order())
    assert Order.said == ["a payment", 200, "another", 200]


def test_an_accepted_delivery_whose_event_is_not_found_is_lost():
    class Unknown(Watch):
        def post(self, deliveries):
            return [Sent(one, Posted(200, "", SINCE), (), "digest") for one in deliveries]

    audience = Decides()
    summary = played(Act("An act", "Look.", [FIRST]), watch=Unknown(), audience=audience)
    assert (audience.results[0][1], summary["lost"]) == ("lost", 1)


class Decides(Audience):
    def __init__(self):
        self.results, self.reviews, self.shown = [], [], []

    def decision(self, decision, review):
        self.reviews.append(review)

    def steps(self, steps, since):
        self.shown.append([(step.record["identity"], step.record["kind"]) for step in steps])

    def result(self, story, result):
        self.results.append((story, result.outcome, result.agents, result.decision))


@pytest.fixture
def decisions(monkeypatch):
    """The decisions that reach the review service."""
    made = []
    monkeypatch.setattr(run.reviews, "waiting", lambda account, id, now: {"id": id})
    monkeypatch.setattr(run.reviews, "decide", lambda account, review, do, note: made.append((review["id"], do, note)))
    return made


def test_a_person_decides_on_the_open_review_and_only_what_is_new_is_shown(decisions):
    watch, audience = Watch(DONE[: len(held())]), Decides()
    first = watch.follow

    def follow(events, patience):
        if decisions:
            watch.records = DONE
        return first(events, patience)

    watch.follow = follow
    played(Act("An act", "Look.", [FIRST, Decision("yes", FIRST, note="hers")]), watch=watch, audience=audience)
    assert [(do, note) for _, do, note in decisions] == [("approve", "hers")]
    assert audience.results[1] == ("yes", "payment.approved", ["fraud"], "approve")
    assert ("service.reviews", "asked") in audience.shown[0] and ("service.reviews", "asked") not in audience.shown[1]
    assert ("service.reviews", "approved") in audience.shown[1]


def test_without_an_open_review_nothing_is_decided(decisions):
    watch, audience = Watch([record("webhook.stripe", "published", action="payment.succeeded"), *decided()]), Decides()
    played(Act("An act", "Look.", [FIRST, Decision("yes", FIRST)]), watch=watch, audience=audience)
    assert (decisions, audience.reviews) == ([], [None])
    assert audience.results[1][1] == "no open review"


def test_once_is_the_first_delivery_and_what_stands_before_it():
    acts = [Act("One", "Look.", [FAULT]), Act("Two", "Look.", [FAULT, FIRST, SECOND]), Act("Three", "Look.", [SECOND])]
    assert [list(act.steps) for act in run.first_delivery(acts)] == [[FAULT], [FAULT, FIRST]]


def test_json_is_a_line_for_each_result_and_check_and_one_with_the_summary(capsys):
    act = Act("An act", "Look.", [FIRST, Check("holds", lambda seen: True)])
    played(act, watch=Watch(held()), audience=Lines("mine"))
    lines = capsys.readouterr().out.splitlines()
    assert ['"flow": "mine"' in line for line in lines] == [True, True, False]
    assert lines[1].endswith('"check": "holds", "holds": true}')
    assert lines[2].startswith('{"summary": {"sent": 1, ')


def test_a_flows_own_table_is_a_line_of_json_before_the_summary(capsys):
    """Its rows are made of the evidence."""
    table = Table("The trees", ("event", "records"), lambda seen: [(id, len(tree)) for id, tree in seen.trees.items()])
    flow = Flow("a flow", ["fraud"], lambda run: (), tables=[table])
    run.Play("mine", flow, Run("ab" * 6, SINCE), Watch(held()), Lines("mine")).all([Act("An act", "Look.", [FIRST])])
    _, line, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert line == {"table": "The trees", "rows": [{"event": ROOT, "records": len(held())}]}
    assert summary.keys() == {"summary"}


@pytest.mark.parametrize(
    ("up", "emulated", "says"),
    [(True, True, "is up"), (False, True, "started in part: 'hookline up' completes it"), (False, False, "is not up")],
)
def test_ctrl_c_says_what_state_the_stack_is_in(monkeypatch, up, emulated, says):
    def interrupted(*words, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr(stopped.stack, "find", lambda: up or None)
    monkeypatch.setattr(stopped.emulator, "find", lambda state: emulated or None)
    monkeypatch.setattr(run, "run", interrupted)
    ended = CliRunner().invoke(demo)
    assert ended.exit_code == 1 and says in ended.stderr and "Traceback" not in ended.stderr
