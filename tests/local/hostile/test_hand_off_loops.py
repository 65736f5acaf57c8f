"""Hostile agents that hand off to themselves and to each other without end."""

import pytest

from tests.local.hostile.attacker import Attacker

pytestmark = pytest.mark.local


def test_a_loop_of_hand_offs_ends_with_a_question_to_a_person(attacker: Attacker) -> None:
    """The events state zero hops each time; those of one loop state the correlation id of another tree, too."""
    alone = {"agent.hostile": "payment.held"}
    in_turn = {"agent.hostile": "payment.approved", "agent.accomplice": "payment.held"}
    again = {"by": "publish", "raw": {"$": "raw"}, "hops": 0}
    to_itself = attacker.deliver(attacker.payment("charge.refunded", ("", {**again, "types": alone})))
    in_pairs = attacker.deliver(attacker.payment("charge.refunded", ("", {**again, "types": in_turn})))
    made_up = "stripe:evt_made_up"
    new_tree = {**again, "types": in_turn, "correlationid": made_up}
    attacker.deliver(attacker.payment("charge.refunded", ("", new_tree)))

    ended = "has woken the agent 4 times in this tree, as often as it may"
    for tree, last in ((to_itself, "agent.hostile"), (in_pairs, "agent.accomplice")):
        assert attacker.recorded(tree, last, "failed", ended)
        assert attacker.recorded(tree, last, "published", action="approval.required")
        woken = 1 + 4  # by the delivery, and by an agent
        assert len(attacker.recorded(tree, "agent.hostile", "decided", count=woken, decision="Done")) == woken
    untrue = attacker.recorded(made_up, "agent.accomplice", "failed", "not of the tree that its grant is for")
    assert len(untrue) == 1
