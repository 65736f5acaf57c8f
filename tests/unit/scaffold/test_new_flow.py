"""What `hookline new flow` writes is a flow of the demo without a finding."""

import sys

import pytest

from hookline.demo import flows
from hookline.demo.found import load, trial
from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.flow import new_flow, sendable
from tests.declared import PROJECT

PULL_REQUEST = "github:pull_request_opened__ordinary"


@pytest.fixture(scope="module")
def shipped():
    """Everything that is declared in the project."""
    return PROJECT


@pytest.fixture
def flow(project, write_all, monkeypatch, shipped):
    """Writes a flow, and returns it as the demo loads it."""

    def flow(name, sends):
        write_all([new_flow(name, sends, "", shipped)])
        monkeypatch.setattr(flows, "__path__", [str(project.project / "hookline/demo/flows")])
        found = load(name)
        del sys.modules[f"{flows.__name__}.{name.replace('-', '_')}"]
        return found

    return flow


def test_a_flow_can_send_every_fixture_of_every_source(flow, shipped):
    sends = sendable(shipped)
    made = flow("planted-all", sends)
    first, second = trial(made)
    assert [step.source for step in first.steps] == [one.partition(":")[0] for one in sends]
    assert {step.kind for step in second.steps} == {"duplicate"}


def test_a_flow_needs_the_agents_that_its_deliveries_wake(flow):
    assert "fraud" not in flow("planted-quiet", [PULL_REQUEST]).agents
    assert "fraud" in flow("planted-payments", [PULL_REQUEST, "stripe:charge_succeeded__ordinary"]).agents


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a--b", "-a", "class", "a" * 32, "a\n", "é"])
def test_what_is_no_name_of_a_flow_is_refused_in_a_line(shipped, name):
    with pytest.raises(OperatorError, match="like code-review") as refused:
        new_flow(name, [PULL_REQUEST], "", shipped)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("sends", "error", "says"),
    [
        ([], OperatorError, "give --send"),
        (["github"], OperatorError, "SOURCE:FIXTURE"),
        (["githb:x"], UnknownName, "did you mean github"),
        (["github:pull_request_opened__ordinari"], UnknownName, "did you mean pull_request_opened__ordinary"),
    ],
)
def test_deliveries_that_do_not_exist_get_the_nearest(shipped, sends, error, says):
    with pytest.raises(error, match=says):
        new_flow("planted", sends, "", shipped)
