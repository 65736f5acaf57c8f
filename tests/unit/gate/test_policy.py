"""A policy permits, forbids or asks a person; whatever else happens, it forbids."""

import sys
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.gate.policy import Answer, NoPolicy, Policy, PolicyDecision, policy_of
from functions.core.manifests.arguments import Flag, Number, Text
from functions.core.manifests.connector import Operation
from functions.core.platform.errors import ConfigurationError

REFUND = Operation(
    "charge.refund",
    kind="effect",
    entity="stripe:charge/{charge}",
    takes={"amount": Number(), "note": Text(), "whole": Flag()},
    idempotency="key",
)
TIMELINE = Operation("timeline.read", kind="read", entity="{entity}", takes={"limit": Number()})

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=100)
ANY = "permit (principal, action, resource);"
SMALL = """
@id("small") permit (
  principal == Agent::"fraud",
  action == stripe::Action::"charge.refund",
  resource is stripe::charge
) when { context.arguments has amount && context.arguments.amount <= 500 };
"""
LARGE = """
@id("large") @ask permit (principal, action == stripe::Action::"charge.refund", resource)
when { context.arguments has amount && context.arguments.amount > 100 };
"""
HUGE = """
@id("huge") @ask @approvers("2") permit (principal, action == stripe::Action::"charge.refund", resource)
when { context.arguments has amount && context.arguments.amount > 1000 };
"""
NEVER = """
@id("never") forbid (principal, action, resource)
when { context.arguments has amount && context.arguments.amount > 5000 };
"""
# Does not test for an amount first: Cedar cannot evaluate it if the amount is missing.
CARELESS = '@id("careless") forbid (principal, action, resource) when { context.arguments.amount > 5000 };'


def decide(policy, charge="ch_1", agent="fraud", **arguments):
    return Policy(policy).decide(agent, "stripe", REFUND, f"stripe:charge/{charge}", {"charge": charge, **arguments})


@pytest.mark.parametrize(
    ("amount", "decision"),
    [
        (50, PolicyDecision(Answer.PERMIT, ("small",))),
        (501, PolicyDecision(Answer.ASK, ("large",))),
        (2000, PolicyDecision(Answer.ASK, ("huge", "large"), approvers=2)),
        (5001, PolicyDecision(Answer.FORBID, ("never",))),
    ],
)
def test_a_ruling_names_the_policies_that_determined_it(amount, decision):
    assert decide(SMALL + LARGE + HUGE + NEVER, amount=amount) == decision


def test_a_policy_that_asks_beats_one_that_permits():
    assert decide(SMALL + LARGE, amount=200) == PolicyDecision(Answer.ASK, ("large",))


def test_a_policy_that_forbids_beats_one_that_asks():
    assert decide(HUGE + NEVER, amount=6000) == PolicyDecision(Answer.FORBID, ("never",))


@pytest.mark.parametrize("text", ["", "// nothing", SMALL], ids=["empty", "a comment", "another amount"])
def test_what_no_policy_permits_is_forbidden(text):
    assert decide(text, amount=501) == PolicyDecision(Answer.FORBID, reason="no policy permits it")


@pytest.mark.parametrize(
    "changed",
    [
        {"agent": "other"},
        {"connector": "strip"},
        {"operation": TIMELINE, "arguments": {"entity": "stripe:charge/ch_1"}},
        {"entity": "stripe:customer/ch_1"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_policy_is_for_its_agent_connector_operation_and_kind_of_entity(changed):
    given = {"agent": "fraud", "connector": "stripe", "operation": REFUND, "entity": "stripe:charge/ch_1"}
    asked = {**given, "arguments": {"charge": "ch_1", "amount": 5}}
    assert Policy(SMALL).decide(**asked).answer is Answer.PERMIT
    assert Policy(SMALL).decide(**asked | changed).answer is Answer.FORBID


def test_a_policy_may_name_one_entity():
    text = '@id("one") permit (principal, action, resource == stripe::charge::"ch_1");'
    assert decide(text, "ch_1").answer is Answer.PERMIT
    assert decide(text, "ch_2").answer is Answer.FORBID


def test_an_operation_on_any_entity_gives_the_policy_its_whole_name():
    text = '@id("any") permit (principal, action, resource == Entity::"stripe:customer/cus_1");'
    answers = [
        Policy(text).decide("fraud", "context", TIMELINE, entity, {"entity": entity}).answer
        for entity in ("stripe:customer/cus_1", "cus_1")
    ]
    assert answers == [Answer.PERMIT, Answer.FORBID]


def test_a_forbid_that_cannot_be_evaluated_forbids():
    decision = decide(f'@id("any") {ANY} {CARELESS}')
    assert (decision.answer, decision.policies) == (Answer.FORBID, ("careless",))
    assert "amount" in decision.reason


def test_a_forbid_that_overflows_forbids_though_its_types_are_right():
    text = """@id("sum") forbid (principal, action, resource)
    when { context.arguments has amount && context.arguments.amount * 2 > 10 };"""
    decision = decide(f'@id("any") {ANY} {text}', amount=2**62)
    assert (decision.answer, decision.policies) == (Answer.FORBID, ("sum",))
    assert "overflow" in decision.reason


def test_a_permit_that_cannot_be_evaluated_forbids_though_another_permits():
    decision = decide(f'@id("any") {ANY}' + CARELESS.replace("forbid", "permit"))
    assert (decision.answer, decision.policies) == (Answer.FORBID, ("careless",))


@pytest.mark.parametrize(
    "arguments",
    [
        {"amount": "5"},
        {"amount": True},
        {"amount": 5.0},
        {"amount": None},
        {"amount": [5]},
        {"whole": 1},
        {"note": 5},
        {"note": {"__entity": {"type": "Agent", "id": "fraud"}}},
        {"surprise": 5},
        {"charge": 5},
    ],
    ids=str,
)
def test_arguments_of_types_that_the_policies_do_not_expect_are_forbidden(arguments):
    given = {"charge": "ch_1", **arguments}
    decision = Policy(f'@id("any") {ANY}').decide("fraud", "stripe", REFUND, "stripe:charge/ch_1", given)
    assert (decision.answer, decision.policies) == (Answer.FORBID, ())
    assert next(iter(arguments)) in decision.reason


def test_an_argument_that_must_be_there_and_is_not_is_forbidden():
    decision = Policy(f'@id("any") {ANY}').decide("fraud", "stripe", REFUND, "stripe:charge/ch_1", {"amount": 5})
    assert decision == PolicyDecision(Answer.FORBID, reason="charge.refund needs charge")


@pytest.mark.parametrize("amount", [2**63 - 1, 1 - 2**63], ids=["largest", "smallest"])
def test_a_number_of_64_bits_is_compared(amount):
    assert decide(SMALL + NEVER, amount=amount).answer is (Answer.FORBID if amount > 0 else Answer.PERMIT)


@pytest.mark.parametrize("digits", [19, 30, 400, 5000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_beyond_64_bits_is_forbidden_even_if_everything_is_permitted(sign, digits):
    decision = decide(f'@id("any") {ANY}', amount=sign * 10**digits)
    assert (decision.answer, decision.policies) == (Answer.FORBID, ())


@pytest.mark.parametrize("text", ["\ud800", "ch_\udfff"], ids=ascii)
def test_a_text_that_is_not_unicode_is_forbidden(text):
    assert decide(f'@id("any") {ANY}', charge=text).answer is Answer.FORBID
    assert decide(f'@id("any") {ANY}', note=text).answer is Answer.FORBID


HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ['"', '\\"', "\n", "\0", '" || true || "', "ch_1\n", 'ch_1"', "", "*", "ch_*", "\u202e", "ch_1/..", "ａ"]
    ),
)


@given(HOSTILE)
@STABLE
def test_no_text_of_an_id_is_taken_for_another_one(charge):
    decision = decide('@id("one") permit (principal, action, resource == stripe::charge::"ch_1");', charge)
    assert decision.answer is (Answer.PERMIT if charge == "ch_1" else Answer.FORBID)


@given(HOSTILE)
@STABLE
def test_no_text_of_an_argument_is_taken_for_another_one(note):
    text = '@id("one") permit (principal, action, resource) when { context.arguments.note == "fine" };'
    assert decide(text, note=note).answer is (Answer.PERMIT if note == "fine" else Answer.FORBID)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["__entity", "__extn", "__expr"]), inner)
    ),
    max_leaves=3,
)


@given(
    st.text(),
    st.dictionaries(st.sampled_from(["charge", "amount", "note", "whole", "surprise"]), JSON),
    st.sampled_from(["stripe:charge/ch_1", "stripe:charge/", "", "\ud800"]),
)
@STABLE
def test_whatever_is_asked_gets_an_answer_and_what_is_forbidden_stays_so(agent, arguments, entity):
    policy = Policy(f'@id("all") forbid (principal, action, resource); @id("any") {ANY}')
    assert policy.decide(agent, "stripe", REFUND, entity, arguments).answer is Answer.FORBID


@given(JSON)
@STABLE
def test_nothing_but_a_small_number_passes_for_a_small_number(amount):
    small = type(amount) is int and -(2**63) < amount <= 500
    assert decide(SMALL, amount=amount).answer is (Answer.PERMIT if small else Answer.FORBID)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'@id("a") {ANY} x', "unexpected end of input"),
        (ANY, "a policy without @id"),
        (f"@id {ANY}", "@id ''"),
        (f'@id("a b") {ANY}', "@id 'a b'"),
        (f'@id("a") {ANY} @id("a") {ANY}', "two policies have the same @id"),
        (f'@id("a") @aks {ANY}', "@aks is none of @id, @ask, @approvers, @shadow"),
        (f'@id("a") @ask("me") {ANY}', "@ask takes no value"),
        (f'@id("a") @approvers("2") {ANY}', "@approvers without @ask"),
        (f'@id("a") @ask @approvers("two") {ANY}', "@approvers 'two'"),
        (f'@id("a") @ask @approvers("0") {ANY}', "@approvers '0'"),
        ('@id("a") @ask forbid (principal, action, resource);', "@ask on a forbid"),
        ('@id("a") permit (principal == ?principal, action, resource);', "a template"),
    ],
)
def test_a_policy_that_could_be_misread_is_refused(text, said):
    with pytest.raises(ConfigurationError, match="policy.cedar: ") as error:
        Policy(text)
    assert said in str(error.value)


def test_an_operation_whose_entity_no_policy_can_name_is_forbidden():
    odd = Operation("thing.read", kind="read", entity="{kind}:thing/{thing}")
    given = {"kind": "a", "thing": "b"}
    assert Policy(f'@id("any") {ANY}').decide("fraud", "odd", odd, "a:thing/b", given).answer is Answer.FORBID


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder that an agent named planted_agent lies in, as in a connector's zip."""
    manifest = ModuleType("functions.agents.planted_agent.manifest")
    manifest.__file__ = str(tmp_path / "manifest.py")
    monkeypatch.setitem(sys.modules, "functions.agents.planted_agent", ModuleType("functions.agents.planted_agent"))
    monkeypatch.setitem(sys.modules, manifest.__name__, manifest)
    policy_of.cache_clear()
    yield tmp_path
    policy_of.cache_clear()


def refund_by(agent):
    policy = policy_of(agent)
    return policy.decide(agent, "stripe", REFUND, "stripe:charge/ch_1", {"charge": "ch_1", "amount": 5})


def test_an_agents_policy_lies_beside_its_manifest_and_is_read_once(shelf):
    (shelf / "policy.cedar").write_text(f'@id("any") {ANY} // größer', "utf-8")
    assert refund_by("planted_agent").answer is Answer.PERMIT
    (shelf / "policy.cedar").unlink()
    assert refund_by("planted_agent").answer is Answer.PERMIT


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"\xff", "codec"), (b"permit", "unexpected end of input"), (ANY.encode(), "without @id")],
    ids=["missing", "no text", "no policy", "no id"],
)
def test_an_unreadable_policy_permits_nothing_and_gives_its_reason(shelf, content, said):
    if content is not None:
        (shelf / "policy.cedar").write_bytes(content)
    decision = refund_by("planted_agent")
    assert decision.answer is Answer.FORBID
    assert "planted_agent" in decision.reason and said in decision.reason


@pytest.mark.parametrize("name", ["nobody", "", "a.b", "../fraud", "."])
def test_an_agent_that_is_not_there_may_do_nothing(name):
    assert isinstance(policy_of(name), NoPolicy)
    assert refund_by(name).answer is Answer.FORBID
