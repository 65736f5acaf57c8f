"""Leads on the deployed local stack; the flow itself is played by test_demo.py."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hookline.demo.flow import Run
from hookline.demo.flows.leads import Leads
from hookline.local.stack import LocalStack
from hookline.operator import queue_counts
from hookline.operator.send import post
from infra import naming

pytestmark = pytest.mark.local
PEOPLE = 4


def test_people_who_each_send_two_forms_at_once_have_one_alert_and_one_task(
    stack: LocalStack, eventually: Callable[..., Any]
) -> None:
    """The forms meet in the claim of the person, whichever comes first, and no event of them waits in the end."""
    run = Run(secrets.token_hex(6), time.time())
    forms = [form for _ in range(PEOPLE) for form in Leads(run).twice("somebody")]
    with ThreadPoolExecutor(len(forms)) as pool:
        sent = list(pool.map(lambda form: post(stack, "typeform", form.body.encode()), forms))
    assert [one.status for one in sent] == [200] * len(forms)

    def state(provider: str) -> Any:
        return stack.sandboxes.control("GET", f"/_sandbox/{provider}/state")

    def contacts() -> dict[str, str]:
        found = state("hubspot")["contacts"]
        return {one["id"]: one["properties"]["email"] for one in found if run.id in one["properties"]["email"]}

    def alerts() -> list[str]:
        return [one["text"] for one in state("slack")["messages"] if f"p{run.id}" in one["text"]]

    eventually(lambda: len(contacts()) == 2 * PEOPLE, "each address is kept in the CRM")
    eventually(lambda: len(alerts()) == PEOPLE, "each person is a lead")
    for agent in ("lead_router", "lead_crm", "sales_alert"):
        eventually(lambda agent=agent: not queue_counts.messages(stack, naming.agent(agent)), "no event waits")
    people = contacts()
    assert sum(task.get("contact") in people for task in state("hubspot")["tasks"]) == PEOPLE
    assert len(alerts()) == PEOPLE
