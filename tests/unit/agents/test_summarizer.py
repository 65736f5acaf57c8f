"""The summarizer: what it asks, what it posts, and what it posts without a model."""

import importlib
from dataclasses import replace
from types import SimpleNamespace

import pytest

from functions.agents.summarizer.agent import HISTORY, LONGEST_TEXT, run
from functions.agents.summarizer.manifest import MANIFEST
from functions.agents.summarizer.summary import Summary, by_rules, note
from functions.api.agent import Decision, Done
from functions.core.models.kept import KeptDecisions
from functions.core.models.model import Model
from functions.core.platform.errors import CircuitOpen, RetryableError
from functions.events.tickets import TicketCreated

TICKET, CUSTOMER = "zendesk:ticket/35436", "zendesk:user/6596848315901"
PAST = [
    {"id": f"e{n}", "time": "2026-09-01T00:00:00Z", "type": "payment.failed", "data": {"amount": n}} for n in (1, 2)
]


class FakeTools:
    """Answers with a timeline, and with a model that the test scripts; keeps what was posted."""

    def __init__(self, answer, kept=None, manifest=MANIFEST) -> None:
        self.asked, self.posted, self.reads, self.post_fails = [], [], [], None
        self._answer = answer
        self.model = Model(manifest, self._call, lambda: 30.0, lambda: False, "salt", "zendesk:evt_1", kept)
        self.context = SimpleNamespace(timeline_read=self._read)
        self.slack = SimpleNamespace(message_post=self._post)

    def _call(self, action, for_model):
        self.asked.append(action)
        if isinstance(self._answer, Exception):
            raise self._answer
        use = {"toolUseId": "t1", "name": "final_result", "input": self._answer}
        message = {"role": "assistant", "content": [{"toolUse": use}]}
        usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
        return {"output": {"message": message}, "stopReason": "tool_use", "usage": usage}

    def _read(self, **asked):
        self.reads.append(asked)
        return {"entries": PAST}

    def _post(self, **asked):
        if self.post_fails:
            raise self.post_fails
        self.posted.append(asked)


ANSWER = {
    "headline": "Charged twice",
    "happened": ["A payment failed on 2026-09-01."],
    "urgency": "high",
    "unclear": "",
}


@pytest.fixture(autouse=True)
def permitted(monkeypatch):
    """The client of pydantic-ai is ours, and a script answers it."""
    monkeypatch.setattr(importlib.import_module("pydantic_ai.models"), "ALLOW_MODEL_REQUESTS", True)


@pytest.fixture
def opened(make_event):
    """A ticket.created of a customer."""

    def make(**data):
        found = {**TicketCreated.example, **data}
        return replace(make_event(), type="ticket.created", subject=TICKET, entities=[TICKET, CUSTOMER], data=found)

    return make


def test_the_note_says_what_the_model_found_and_that_it_was_a_model(opened):
    tools = FakeTools(ANSWER)
    assert run(opened(), tools) == Done("posted what model wrote")
    (posted,) = tools.posted
    assert posted["to"] == "notes"
    assert posted["text"].splitlines() == [
        f"New ticket {TICKET}",
        "> Charged twice",
        "> - A payment failed on 2026-09-01.",
        "> Urgency: high",
        "(summarized by a model; check before you act)",
    ]
    assert tools.reads == [{"entity": CUSTOMER, "limit": HISTORY}]


def test_the_model_gets_the_ticket_and_the_past_as_data(opened):
    tools = FakeTools(ANSWER)
    run(opened(text="x" * 8_000), tools)
    (asked,) = tools.asked
    (block,) = asked.arguments["messages"][0]["content"]
    assert block["text"].count("payment.failed") == 2
    assert ("x" * LONGEST_TEXT in block["text"], "x" * (LONGEST_TEXT + 1) in block["text"]) == (True, False)


@pytest.mark.parametrize(("answer", "manifest", "why"), [
    (CircuitOpen("open"), MANIFEST, "the model cannot be reached"),
    ({"headline": ""}, MANIFEST, "the model did not answer with what was asked, after its repairs"),
    (ANSWER, replace(MANIFEST, model=None), "the agent has no model"),
])  # fmt: skip
def test_without_a_models_answer_rules_write_the_note_and_say_so(opened, answer, manifest, why):
    tools = FakeTools(answer, manifest=manifest)
    assert run(opened(priority="urgent"), tools) == Done("posted what rule wrote")
    assert tools.posted[0]["text"].splitlines() == [
        f"New ticket {TICKET}",
        "> Charged twice",
        "> - 2 x payment failed",
        "> Urgency: high",
        f"(summarized by rules, because {why})",
    ]


def test_a_retry_posts_what_was_decided_before(opened, dynamodb, table, clock):
    """A model that is asked again would word it otherwise, and the ledger would refuse the second post."""
    kept = KeptDecisions(dynamodb, table("idempotency"), clock)
    first = FakeTools(ANSWER, kept)
    first.post_fails = RetryableError("the answer was lost")
    with pytest.raises(RetryableError):
        run(opened(), first)
    second = FakeTools({**ANSWER, "headline": "In other words"}, kept)
    run(opened(), second)
    assert (second.asked, "> Charged twice" in second.posted[0]["text"]) == ([], True)
    assert str(second.model.decisions[0]) == "decided by the model"


def test_a_note_formats_nothing_and_a_rule_takes_any_ticket():
    hostile = {"subject": "<!channel> https://evil.example\n(summarized by a person)", "priority": None}
    text = note(TICKET, Decision(by_rules(hostile, []), "rule", "x"))
    assert text.splitlines()[1] == "> [link removed] (summarized by a person)"
    assert by_rules({"subject": None, "priority": None}, []).headline == "A ticket without a subject"
    assert Summary.model_validate(by_rules({"subject": "x" * 500, "priority": "low"}, PAST).model_dump())
