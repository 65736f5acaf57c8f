"""What the patterns do when their members behave, and what they make of what members say."""

from collections import deque
from itertools import permutations

import pytest

from functions.core.workflows.declaration import MOST_MEMBERS, MOST_NEWS
from functions.core.workflows.gates import Field, Gate
from functions.core.workflows.ledger import Route, Rules
from functions.core.workflows.machine import Machine
from functions.core.workflows.merging import Agree, Ask, Extreme, Ranked, Strictest, Undecided, Vote
from functions.core.workflows.messages import Assign, Deadline, Decision, End, News, Reply, Start
from functions.core.workflows.pattern import Run
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.patterns.group_chat import GroupChat
from functions.core.workflows.patterns.handoff import Handoff, HandoffPattern, Trail
from functions.core.workflows.patterns.magentic import Magentic
from functions.core.workflows.patterns.sequential import Sequential, Stage
from functions.core.workflows.state import MOST_STATE, Task

ORDER, TICKET = "shop:order/1", "desk:ticket/2"
STRICT = Strictest(["deny", "ask", "allow"])
APPROVE = {"says": "approve"}


def play(declared, answer, entities=(ORDER, TICKET), task=None):
    """The tasks of a run whose members answer by this function (None for no answer), and how it ends."""
    machine, tasks, messages = Machine(declared), [], deque([Start(task or {}, entities)])
    state = machine.new("run")
    while messages:
        state, commands = machine.step(state, messages.popleft())
        for command in commands:
            if isinstance(command, Assign):
                tasks.append(command)
                content = answer(command)
                late = content is None
                messages.append(Deadline(command.id) if late else Reply(command.member, command.id, content))
            elif isinstance(command, End):
                return tasks, command, state
            elif command.kind == "ask_person":
                messages.append(Decision(command.id, "expired"))
    raise AssertionError("the run is stranded")


def proposes(text):
    return {"says": "proposal", "text": text}


def objects(text):
    return {"says": "object", "text": text}


def hands(to, *learnt):
    return {"says": "hand_off", "to": to, "reason": f"ask {to}", "learnt": list(learnt)}


def test_a_stage_sees_who_said_what_before_it():
    """With the attempt, so that an early error is traced to its stage."""
    gate = Gate({"n": Field("whole")}, lambda output, before: "" if output["n"] > len(before) else "too small")
    declared = Sequential(stages=[Stage(name, name, gate) for name in ("draft", "check", "send")])
    tasks, end, _ = play(declared, lambda task: {"n": 2 if task.id.endswith("/1") else 3})
    assert [task.id for task in tasks] == ["run/1/draft/1", "run/2/check/1", "run/3/send/1", "run/3/send/2"]
    assert tasks[-1].payload["before"] == [
        {"stage": "draft", "member": "draft", "attempt": 1, "output": {"n": 2}},
        {"stage": "check", "member": "check", "attempt": 1, "output": {"n": 2}},
    ]
    assert (end.state, end.result["outputs"][2]["attempt"]) == ("completed", 2)


def test_a_check_that_crashes_has_not_passed_the_output():
    """The reason names the kind of error, not the output."""
    declared = Sequential(stages=[Stage("draft", "ada", Gate(check=lambda output, before: output["n"]))])
    tasks, end, _ = play(declared, lambda task: {"m": 1})
    assert tasks[1].payload["another_attempt"]["because"] == "the check failed: KeyError"
    assert end.state == "handed_to_person"


@pytest.mark.parametrize(
    ("policy", "said", "merged"),
    [
        (Agree(), ["a", "a", "a"], "a"),
        (Ask(), [{"x": 1}, {"x": 1}], {"x": 1}),
        (STRICT, ["allow", "deny", "ask"], "deny"),
        (STRICT, ["allow", "ask"], "ask"),
        (Extreme("lowest"), [3, 1.5, 2], 1.5),
        (Extreme("highest"), [3, 1.5, 2], 3),
        (Vote(), ["a", "b", "a"], "a"),
        (Ranked(["m1", "m0", "m2"]), ["a", "b", "c"], "b"),
    ],
)
def test_a_policy_makes_one_value_of_several(policy, said, merged):
    """One that a member said; nothing is averaged."""
    assert policy.merged({f"m{number}": value for number, value in enumerate(said)}) == merged


@pytest.mark.parametrize(
    ("policy", "said", "person"),
    [(Agree(), ["a", "b"], False), (Ask(), ["a", "b"], True), (Vote(), ["a", "b"], False), (Vote(), [1, 2, 3], False)],
)
def test_a_policy_that_yields_nothing_says_who_decides(policy, said, person):
    """A tie is not a vote."""
    with pytest.raises(Undecided) as undecided:
        policy.merged({f"m{number}": value for number, value in enumerate(said)})
    assert undecided.value.person is person


def test_the_order_of_the_answers_does_not_matter():
    """If the join waits for all."""
    said = {"ada": {"v": "allow", "n": 1}, "bob": {"v": "ask", "n": 3}, "cyd": {"v": "allow", "n": 2}}
    merge = {"v": STRICT, "n": Ranked(["cyd", "bob", "ada"])}
    machine, results = Machine(Concurrent(asked=[*said], merge=merge)), []
    for order in permutations(said):
        state, _ = machine.step(machine.new("run"), Start({}))
        for member in order:
            state, commands = machine.step(state, Reply(member, f"run/1/{member}/1", said[member]))
        results.append(commands)
    assert all(result == results[0] for result in results)
    assert results[0][0].result == {"merged": {"v": "ask", "n": 2}, "answers": said, "conflicts": ["v", "n"]}


def test_a_person_decides_on_what_members_differ_on():
    """Other answers no longer count, and what the person says must fit."""
    machine = Machine(Concurrent(asked=["ada", "bob", "cyd"], merge={"v": Ask()}, join="quorum", quorum=2))
    state, _ = machine.step(machine.new("run"), Start({}))
    for member, value in (("ada", 1), ("bob", 2), ("cyd", 3)):
        state, commands = machine.step(state, Reply(member, f"run/1/{member}/1", {"v": value}))
    assert (commands, state.strays[0].note) == ((), "late")
    _, commands = machine.step(state, Decision("run/2/person/1", "approved", {"v": 7}))
    assert (commands[0].state, commands[0].result["merged"]) == ("merged", {"v": 7})
    _, commands = machine.step(state, Decision("run/2/person/1", "approved", {"w": 7}))
    assert (commands[0].state, commands[0].reason) == ("handed_to_person", "nobody decided on v: denied")


def test_a_decision_that_a_pattern_never_asked_for_hands_the_run_to_a_person():
    """No message makes a run end in an error."""
    run = Run(Handoff(triage="ada", specialists=["bob"]), {}, (), Trail("ada"))
    asked = Task("run/1/person/1", "person", "", 1, 1)
    moves = HandoffPattern().decided(run, asked, Decision(asked.id, "approved"))
    assert (moves.end.state, moves.end.result) == ("handed_to_person", Trail("ada").shown)


def test_a_maker_gets_the_objections_and_the_warning():
    """So that they can do better; the chat ends with what all checkers approve."""
    said = {"1": proposes("refund 40"), "2": proposes("refund 40, please"), "3": proposes("refund 30")}

    def answer(task):
        if task.member == "ada":
            return said[str(task.payload["round"])]
        return APPROVE if task.payload["round"] == 3 else objects(f"round {task.payload['round']}: too much")

    tasks, end, _ = play(GroupChat(speakers=["ada", "bob", "cyd"]), answer)
    assert [task.member for task in tasks] == ["ada", "bob", "ada", "bob", "ada", "bob", "cyd"]
    assert tasks[4].payload["proposal"]["objections"] == [{"member": "bob", "text": "round 2: too much"}]
    assert tasks[4].payload["warning"] == "ada repeats a proposal: the same again"
    assert [task.payload["say"] for task in tasks[:2]] == [["proposal"], ["approve", "object"]]
    assert (end.state, end.result["proposal"]["approved"]) == ("agreed", ["bob", "cyd"])


def test_the_best_so_far_is_what_most_approved():
    """Only if it is declared; otherwise, a person goes on with it."""

    def answer(task):
        number = task.payload["round"]
        if task.member == "ada":
            return proposes(f"refund {number}0")
        return APPROVE if (task.member, number) == ("bob", 1) else objects(f"{task.member} {number}")

    for otherwise in ("best_so_far", "handed_to_person"):
        _, end, _ = play(GroupChat(speakers=["ada", "bob", "cyd"], rounds=2, otherwise=otherwise), answer)
        assert (end.state, end.reason) == (otherwise, "not agreed after 2 rounds")
        assert (end.result["best"]["text"], end.result["best"]["approved"]) == ("refund 10", ["bob"])


def test_the_author_of_what_is_discussed_proposes_again():
    """In a round, too; so nobody speaks twice about one proposal."""
    said = {
        1: proposes("refund 10"),
        2: APPROVE,
        3: objects("too dear"),
        4: proposes("refund 5"),
        5: APPROVE,
        6: APPROVE,
    }
    declared = GroupChat(speakers=["ada", "bob", "cyd"], turns="round_robin", rounds=2)
    tasks, end, _ = play(declared, lambda task: said[int(task.id.split("/")[1])])
    assert tasks[3].payload["say"] == ["proposal"]
    assert (end.state, end.result["proposal"]["text"]) == ("agreed", "refund 5")


def test_the_trail_goes_with_the_task():
    """Reasons and what was learnt; a fact that is known is not kept twice."""
    answers = {
        "ada": hands("bob", "the order is paid"),
        "bob": hands("cyd", "The order is paid.", "the parcel is lost"),
        "cyd": {"says": "done", "result": "sent again"},
    }
    tasks, end, _ = play(Handoff(triage="ada", specialists=["bob", "cyd"]), lambda task: answers[task.member])
    assert [task.payload["may_hand_to"] for task in tasks][1] == ["ada", "cyd", "person"]
    assert tasks[2].payload["trail"] == [
        {"giver": "ada", "taker": "bob", "reason": "ask bob"},
        {"giver": "bob", "taker": "cyd", "reason": "ask cyd"},
    ]
    facts = [{"member": "ada", "text": "the order is paid"}, {"member": "bob", "text": "the parcel is lost"}]
    assert (end.state, end.result["facts"], end.result["result"]) == ("completed", facts, "sent again")


def test_a_task_comes_back_from_a_specialist_who_does_not_answer():
    """And they are not named again."""

    def answer(task):
        return None if task.member == "bob" else hands("person") if task.payload["trail"] else hands("bob")

    tasks, end, _ = play(Handoff(triage="ada", specialists=["bob", "cyd"]), answer)
    assert [task.member for task in tasks] == ["ada", "bob", "bob", "ada"]
    assert tasks[-1].payload["may_hand_to"] == ["cyd", "person"]
    assert (end.state, [hop["taker"] for hop in end.result["trail"]]) == ("handed_to_person", ["bob", "ada", "person"])


def test_a_planner_reviews_what_was_done_and_ends():
    """It cannot be done before anything is."""
    says = [
        {"says": "done", "result": "easy"},
        {"says": "plan", "plan": [{"worker": "bob", "entity": ORDER, "do": "look"}], "guesses": ["it is lost"]},
        {"says": "done", "result": "found"},
    ]
    declared = Magentic(planner="ada", workers=["bob"])
    tasks, end, _ = play(
        declared, lambda task: says.pop(0) if task.member == "ada" else {"done": True, "result": "yes"}
    )
    assert tasks[1].payload["another_attempt"]["because"] == "says: write one of plan, give_up"
    assert tasks[3].payload["say"] == ["plan", "done", "give_up"]
    assert (end.state, end.result["progress"][0]["text"], end.result["guesses"]) == ("completed", "yes", ["it is lost"])


def test_rules_plan_each_route_and_turn_to_the_next_choice():
    """A worker who fails is not asked for the same again."""
    rules = Rules([Route("shop:order", ["bob", "cyd"], "look"), Route("desk:ticket", ["cyd"], "answer")])
    declared = Magentic(planner=rules, workers=["bob", "cyd"], attempts=1)
    tasks, end, _ = play(
        declared, lambda task: {"done": True, "result": "yes"} if task.member == "cyd" else {"done": False}
    )
    assert [(task.member, task.payload["do"]) for task in tasks] == [
        ("bob", "look"),
        ("bob", "look"),
        ("cyd", "look"),
        ("cyd", "answer"),
    ]
    assert (end.state, end.result["result"]) == ("completed", "every route was done")


def test_rules_without_anybody_left_give_up():
    """A person goes on."""
    rules = Rules([Route("shop:order", ["bob"], "look")])
    _, end, _ = play(Magentic(planner=rules, workers=["bob"]), lambda task: None)
    assert (end.state, end.reason) == ("handed_to_person", "nobody is left to look")
    _, end, _ = play(Magentic(planner=rules, workers=["bob"]), lambda task: None, entities=())
    assert (end.state, end.reason) == ("handed_to_person", "no route")


def test_rules_with_more_to_do_than_plans_keep_what_is_done():
    """A plan has at most ten tasks."""
    rules = Rules([Route("shop:order", ["bob"], "look")])
    declared, orders = (
        Magentic(planner=rules, workers=["bob"], steps=30, replans=0),
        [f"shop:order/{n}" for n in range(11)],
    )
    _, end, _ = play(declared, lambda task: {"done": True, "result": "yes"}, orders)
    assert (end.state, len(end.result["progress"])) == ("best_so_far", 10)
    assert end.reason == "the rules want another plan, and 0 replans are used up"


NAMES = tuple(f"m{number}".ljust(31, "x") for number in range(MOST_MEMBERS))
HUGE = "ä" * 290  # in JSON 1,740 bytes
WIDE = Gate({"text": Field("text")})


def _huge_hand(task):
    number = int(task.id.split("/")[1])
    return hands(NAMES[number % MOST_MEMBERS], *(f"{number} {each} {HUGE[:100]}" for each in range(5)))


def _huge_step(task):
    if task.member == NAMES[0]:
        one = {"worker": NAMES[1], "entity": ORDER, "do": HUGE[:30]}
        return {"says": "plan", "plan": [one] * 10, "guesses": [HUGE[:50]]}
    return {"done": True, "result": "x" * 900, "learnt": [f"{task.id} {each} {HUGE[:90]}" for each in range(5)]}


@pytest.mark.parametrize(
    ("declared", "answer"),
    [
        (
            Sequential(stages=[Stage(name, name, WIDE) for name in NAMES], attempts=3),
            lambda task: {"text": "x" * 3_900} if task.id.endswith("/3") else {"text": 1},
        ),
        (Concurrent(asked=NAMES, merge={"v": Agree()}, attempts=3), lambda task: {"v": 1, "w": "x" * 3_900}),
        (
            GroupChat(speakers=NAMES, turns="round_robin", rounds=10, attempts=3, repeats=5),
            lambda task: proposes(f"{task.id} {HUGE}") if task.id.endswith("/3") else None,
        ),
        (
            GroupChat(speakers=NAMES, turns="maker_checker", approval="any", rounds=10, attempts=3, repeats=5),
            lambda task: (proposes if task.member == NAMES[0] else objects)(f"{task.id} {HUGE}"),
        ),
        (Handoff(triage=NAMES[0], specialists=NAMES[1:], attempts=3), _huge_hand),
        (Magentic(planner=NAMES[0], workers=NAMES[1:], steps=30, replans=5, attempts=3), _huge_step),
    ],
    ids=["sequential", "concurrent", "round_robin", "maker_checker", "handoff", "magentic"],
)
def test_a_state_is_bounded_with_everything_at_its_limit(declared, answer):
    """So an item of DynamoDB holds it, with the commands beside it."""
    entities = [ORDER, *(f"shop:order/{number:0100}" for number in range(49))]
    _, end, state = play(declared, answer, entities, {"text": "x" * 7_900})
    if not declared.cannot_join:
        for number in range(MOST_NEWS + 1):
            state = state.with_news(News(f"event {number}", {"text": "x" * 7_900}))
    size = len(Machine(declared).write(state.spilled()[0]))
    assert 50_000 < size < MOST_STATE, (end.state, end.reason)
