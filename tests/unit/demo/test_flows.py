"""The flows that are found, and what is wrong with a flow."""

import re
import sys
from collections import Counter

import pytest
from click.testing import CliRunner

from hookline.cli.commands.demo import demo
from hookline.demo import found, run
from hookline.demo.flow import Act, Check, Decision, Delivery, Fault, Flow, Run, SandboxCall
from hookline.local.toolchain import ROOT
from hookline.operator.errors import OperatorError, UnknownName

SIGNED = Delivery("a payment", "stripe", "{}")
GOOD = Act("A title", "What to look at.", [SIGNED])
MADE = SandboxCall("strpe", "charges")
NAMES = found.names()
ACTS = "from hookline.demo.flow import Flow\n\ndef acts(run):\n    return [{}]\n\nFLOW = Flow('a', [], acts)\n"


def test_flows_are_found_by_their_files():
    assert "payments" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_has_what_the_demo_needs(name):
    flow = found.load(name)
    acts = found.trial(flow)
    assert acts and run.sources_of(acts)
    assert [step for act in run.first_delivery(acts) for step in act.steps if isinstance(step, Delivery)]


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_of_a_flow_send_no_delivery_twice(name):
    """Otherwise the second demo on a stack would send duplicates only."""
    flow = found.load(name)

    def bodies(id: str) -> Counter[str]:
        acts = flow.acts(Run(id, found.NOW))
        return Counter(step.body or str(step.made) for act in acts for step in act.steps if isinstance(step, Delivery))

    assert bodies("a" * 12).keys().isdisjoint(bodies("b" * 12))


def test_an_unknown_flow_gets_the_nearest_name():
    with pytest.raises(UnknownName, match="there is no flow 'paymets' .did you mean payments"):
        found.load("paymets")


def flow(*acts, summary="a flow", agents=("fraud",)):
    return Flow(summary, agents, lambda run: acts)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("FLOW", "it has no FLOW"),
        (flow(GOOD, summary="two\nlines"), "summary: it is one line"),
        (flow(GOOD, agents=["frud"]), "it needs agent 'frud', which has no folder (did you mean fraud?)"),
        (flow(), "its acts send no delivery"),
        (flow(GOOD, Act("A title", "", [SIGNED])), "act 2: look: it is one line"),
        (flow(GOOD, Act("", "Look.", [SIGNED])), "act 2: title: it is one line"),
        (flow(GOOD, Act("A title", "Look.", [])), "act 2: it has no steps"),
        (flow(GOOD, Act("A title", "Look.", ["send it"])), "act 2, step 1: a str is no step"),
        (flow(Act("A title", "Look.", [Delivery("", "stripe", "{}")])), "act 1, step 1: story: it is one line"),
        (flow(Act("A title", "Look.", [Delivery("a", "strpe", "{}")])), "no source 'strpe' (did you mean stripe?)"),
        (
            flow(Act("A title", "Look.", [Delivery("a", "stripe", "{}", "forgd")])),
            "no kind 'forgd' (did you mean forged?)",
        ),
        (flow(Act("A title", "Look.", [SIGNED.again("a copy")])), "a duplicate is of a delivery that was sent before"),
        (flow(Act("A title", "Look.", [Delivery("a", "stripe")])), "a delivery has a body, or is made by a sandbox"),
        (flow(Act("A title", "Look.", [Delivery("a", "stripe", "{}", made=MADE)])), "has a body, or is made by"),
        (flow(Act("A title", "Look.", [Delivery("a", "stripe", made=MADE)])), "'strpe' has no sandbox"),
        (flow(Act("A title", "Look.", [Decision("yes", SIGNED), SIGNED])), "a decision is on a delivery that was sent"),
        (flow(Act("A title", "Look.", [SIGNED, Decision("yes", SIGNED, "aprove")])), "not to 'aprove'"),
        (flow(Act("A title", "Look.", [SIGNED, Fault("f", "stripe", {"fault": "explode"})])), "not one of a sandbox"),
        (flow(Act("A title", "Look.", [SIGNED, Fault("f", "strpe", {"fault": "reset"})])), "'strpe' has no sandbox"),
        (
            flow(Act("A title", "Look.", [Delivery("a", "stripe", "{}", prepare=[SandboxCall("strpe", "charges")])])),
            "'strpe' has no sandbox",
        ),
    ],
)
def test_what_is_wrong_with_a_flow_is_said(broken, says):
    assert any(says in finding for finding in found.findings(broken)), list(found.findings(broken))


def test_all_findings_of_a_flow_are_said_at_once():
    broken = flow(Act("", "", [SIGNED.again("a copy")]), summary="", agents=["frud"])
    assert len(list(found.findings(broken))) == 5


def test_a_good_flow_has_no_findings():
    acts = Act(
        "A title", "Look.", [SIGNED, SIGNED.again("a copy"), Decision("yes", SIGNED), Check("c", lambda _: True)]
    )
    assert list(found.findings(flow(acts))) == []


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Plants a file as a flow `planted`, beside the shipped ones."""
    monkeypatch.setattr(found.flows, "__path__", [str(tmp_path), *found.flows.__path__])
    monkeypatch.delitem(sys.modules, f"{found.flows.__name__}.planted", raising=False)
    yield lambda text: (tmp_path / "planted.py").write_text(text)
    sys.modules.pop(f"{found.flows.__name__}.planted", None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FLOW = (", "planted.py:1: '(' was never closed"),
        ("\nimport nothing_of_that_name\n", "planted.py:2: ModuleNotFoundError: No module named"),
        ("flow = 1\n", "planted.py: it has no FLOW"),
        (ACTS.format("run.nothing"), "planted.py:4: AttributeError: 'Run' object has no attribute 'nothing'"),
        (ACTS.format("run.fixture('stripe', 'nothing', 'a')"), "planted.py:4: there is no fixture of stripe 'nothing'"),
    ],
    ids=["syntax", "import", "no flow", "acts", "fixture"],
)
def test_a_flow_that_cannot_be_read_is_named_with_its_line(planted, text, says):
    planted(text)
    with pytest.raises(OperatorError) as refused:
        found.load("planted")
    assert says in str(refused.value)


def test_the_flow_that_docs_demo_md_shows_is_one(planted):
    (example,) = re.findall("```python\n(.*?)```", (ROOT / "docs/demo.md").read_text(), re.DOTALL)
    planted(example)
    first, second = found.trial(found.load("planted"))
    assert len(first.steps) == 2 and len(second.steps) == 10 and second.at_once


def test_the_list_has_a_line_for_each_flow_and_shows_what_is_broken(planted):
    planted("FLOW = (")
    listed = CliRunner().invoke(demo, ["--list"])
    lines = listed.output.splitlines()
    assert listed.exit_code == 0 and len(lines) == len(NAMES) + 1
    assert any(line.startswith("payments") and "small shop" in line for line in lines)
    assert any(line.startswith("planted") and "cannot be played" in line for line in lines)


def test_a_fixture_is_a_delivery_with_new_ids_and_the_changes():
    own = Run("ab" * 6, 0.0)
    first, second = (
        own.fixture("github", "pull_request_opened__ordinary", "a change", {"pull_request.title": "Mine"}) for _ in "12"
    )
    assert '"title": "Mine"' in first.body and "Example" not in first.body + str(first.headers)
    assert (first.body, first.headers) != (second.body, second.headers)


@pytest.mark.parametrize("path", ["pull_request.nothing.title", "number.title", "zen.0"])
def test_a_change_at_a_path_that_a_fixture_does_not_have_is_refused(path):
    with pytest.raises(ValueError, match="the fixture has no"):
        Run("ab" * 6, 0.0).fixture("github", "pull_request_opened__ordinary", "a change", {path: 1})


def test_changes_to_a_fixture_that_is_a_form_are_refused():
    with pytest.raises(ValueError, match="is a form"):
        Run("ab" * 6, 0.0).fixture("twilio", "received__question", "a message", {"Body": "hello"})
