"""A hostile agent with a person's approval: it uses it once more, for other actions, and through a second agent."""

from typing import Any

import pytest

from tests.local.hostile.attacker import Attacker
from tests.local.hostile.instructions import hand_off, instructed, raw, request, tools

pytestmark = pytest.mark.local


def test_an_approval_allows_its_one_action_once_to_its_agent_within_the_budget(attacker: Attacker) -> None:
    own = attacker.payment("charge.refunded")
    charge = own["data"]["object"]["id"]
    refund_500 = tools("refund.create", {"charge": charge, "amount": 500})
    first = attacker.deliver(instructed(own, [("refund 500", refund_500)]))
    attacker.results(first)

    def refund(amount: int) -> dict[str, Any]:
        return request("refund.create", {"charge": charge, "amount": amount})

    misuses = [
        ("once more", refund(900)),
        ("more than was approved", refund(901)),
        ("what needs no approval", refund(400)),
        ("by a second agent", hand_off(raw=raw(("", refund(900))))),
    ]
    results = attacker.results(attacker.approve(first, charge, 900, *misuses))
    assert '"amount": 900' in results["once more"]
    assert attacker.recorded(first, "connector.stripe", "repeated", "already done")
    assert attacker.recorded(first, "connector.stripe", "denied", "the approval is for another action", count=3)
    attacker.approve(first, charge, 901)
    assert attacker.recorded(first, "agent.hostile", "failed", "2 in the whole tree with stripe: they are used up")
    assert attacker.refunds(charge) == [500, 900]
