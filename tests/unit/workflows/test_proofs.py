"""Every pattern ends, whatever its members do: all that small runs can do, and random ways through large ones."""

from functools import cache

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from functions.core.workflows.catalogue import patterns
from functions.core.workflows.ends import END_STATES
from functions.core.workflows.messages import Deadline, Decision, Reply
from hookline.testing.workflows.explore import explore
from hookline.testing.workflows.planted import detect
from hookline.testing.workflows.proofs import proof_of
from hookline.testing.workflows.watch import Violation, Watch, bound_of

CUT_SHORT = {"cancelled", "superseded", "expired"}
# Not shrunk: that takes minutes, and the way that is found is short enough to read.
STABLE = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=12,
    stateful_step_count=60,
    phases=[Phase.generate],
)


def every(what):
    """The pattern and each of these of its proof, with an id for pytest."""
    named = ((name, one) for name in patterns() for one in getattr(proof_of(name), what))
    return [pytest.param(name, one, id=f"{name}: {getattr(one, 'failure', '') or name_of(one)}") for name, one in named]


def name_of(one):
    return getattr(one, "name", "") or one.guard


@cache
def explored(pattern, name):
    return explore(next(case for case in proof_of(pattern).CASES if case.name == name))


SHORT = [one for one in every("CASES") if not one.values[1].long]


@pytest.mark.parametrize(("pattern", "case"), SHORT)
def test_every_run_ends_within_its_bound_in_an_end_state(pattern, case):
    """Over every interleaving, copy, loss, late answer and cancellation; nothing is lost, doubled or done later."""
    found, bound = explored(pattern, case.name), bound_of(case.declared)
    assert {*found.ends} <= {*END_STATES} and {*found.ends} >= CUT_SHORT
    assert (found.tasks <= bound.tasks, found.steps <= bound.steps) == (True, True)


@pytest.mark.parametrize("pattern", patterns())
def test_a_bound_is_reached_and_no_larger_than_it_need_be(pattern):
    """In at least one case."""
    cases = proof_of(pattern).CASES
    short = [case for case in cases if not case.long]
    reached = [(explored(pattern, case.name).steps, bound_of(case.declared).steps) for case in short]
    assert any(steps == bound for steps, bound in reached)


@pytest.mark.parametrize(("pattern", "planted"), every("PLANTED"))
def test_a_guard_sees_the_failure_that_is_planted(pattern, planted):
    """And the run ends in time all the same."""
    found = detect(planted)
    assert found.steps <= found.all_steps <= bound_of(planted.declared).steps


@pytest.mark.parametrize(("pattern", "off"), every("OFF"))
def test_without_a_guard_the_exploration_fails(pattern, off, monkeypatch):
    """So the exploration can fail, and each guard is needed."""
    monkeypatch.setattr(f"{off.module}.{off.attribute}", off.instead)
    with pytest.raises(Violation, match=off.violation):
        explore(off.case)


@pytest.mark.parametrize("pattern", [name for name in patterns() if not patterns()[name].declaration.cannot_join])
def test_without_a_limit_of_news_the_exploration_fails(pattern, monkeypatch):
    """Each event that joins gives a task again."""
    monkeypatch.setattr("functions.core.workflows.machine.too_much_news", lambda *_: False)
    joins = [case for case in proof_of(pattern).CASES if case.declared.same_entity == "join"]
    with pytest.raises(Violation, match="more than"):
        explore(joins[0])


@pytest.mark.parametrize("pattern", patterns())
def test_every_guard_has_a_planted_failure_and_is_switched_off_once(pattern):
    """A pattern that is added brings both."""
    proof, guards = proof_of(pattern), {*patterns()[pattern].guards}
    assert guards
    assert {one.guard for one in proof.PLANTED} == guards
    assert {one.guard for one in proof.OFF} == guards


@pytest.mark.parametrize("pattern", patterns())
def test_a_large_run_ends_too(pattern):
    """Random ways through runs that are too large to explore whole; in the end every answer that is due is lost."""
    run_state_machine_as_test(lambda: Walk(Watch(proof_of(pattern).LARGE)), settings=STABLE)


def addressed(message):
    match message:
        case Reply(task=task) | Decision(task=task) | Deadline(id=task):
            return task
    return None


class Walk(RuleBasedStateMachine):
    """One way through a run: any message that may come, and rarely one that cuts the run short."""

    def __init__(self, watch):
        super().__init__()
        self.watch, self.state, self.steps = watch, watch.new(), 0

    def take(self, message, may_matter):
        after = self.watch.step(self.state, message, may_matter)
        self.steps += after is not None
        self.state = self.watch.machine.read(after[1]) if after else self.state
        assert self.steps <= self.watch.bound.steps

    @precondition(lambda self: not self.state.end)
    @rule(data=st.data())
    def answer(self, data):
        """An answer, a decision or a deadline that is waited for; the start, in the beginning."""
        due = {task.id for task in self.state.open}
        possible = [one for one in self.watch.messages(self.state) if one[1]]
        about = [one for one in possible if addressed(one[0]) in due]
        self.take(*data.draw(st.sampled_from(about or possible[:1])))

    @rule(data=st.data())
    def something(self, data):
        """A copy, a stranger, something unknown or late."""
        self.take(*data.draw(st.sampled_from([one for one in self.watch.messages(self.state) if not one[1]])))

    @rule(which=st.integers(0, 40))
    def cut_short(self, which):
        """Cancelled, superseded or expired, one time in ten."""
        cut = [one for one in self.watch.messages(self.state) if one[1]][:4]
        if which < len(cut):
            self.take(*cut[which])

    def teardown(self):
        if self.state.memory is None and not self.state.end:
            self.take(*next(self.watch.messages(self.state)))
        while not self.state.end:
            self.take(Deadline(self.state.open[0].id), True)
        assert [one for one in self.watch.messages(self.state) if one[1]] == []
