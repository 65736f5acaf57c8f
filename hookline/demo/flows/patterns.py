"""Five small workflows, one of each pattern: once as it should be, and once with a failure that a guard sees."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.core.workflows.ends import END_STATES
from hookline.demo.flow import Act, Check, Decision, Delivery, Evidence, Flow, Run, Table

MANAGERS = {
    "example_quote": "sequential",
    "example_dispute": "concurrent",
    "example_note": "group chat",
    "example_ticket": "handoff",
    "example_failure": "magentic",
}
DESKS = ("example_sales", "example_billing", "example_support")
# Each manager's planted failure: what goes wrong in the second of its runs, the guard that must see it, and the end.
PLANTED = {
    "example_quote": ("a desk exceeds what its stage may say", "gate", "completed"),
    "example_dispute": ("one desk says something else", "conflict", "merged"),
    "example_note": ("the maker says the same in other words", "repetition", "best_so_far"),
    "example_ticket": ("a desk hands the task back for nothing", "revisit", "handed_to_person"),
    "example_failure": ("nobody makes progress", "stall", "stalled"),
}


def acts(run: Run) -> Sequence[Act]:
    """An act for each pattern."""
    large = _lead(run, "a lead for 4,000 seats: the price is more than a desk may quote", 4000)
    return (
        Act(
            "Sequential: a quote goes from desk to desk",
            "Each stage's output passes a gate. The large quote does not, twice: a person is asked for the price.",
            [
                _lead(run, "a lead for 12 seats", 12),
                large,
                Decision("you give the price yourself", large, note='{"eur": 4900}'),
                _ended("example_quote"),
            ],
        ),
        Act(
            "Concurrent: three desks are asked at once",
            "They vote. Where one differs, the majority decides, and the result says that they differ.",
            [
                _dispute(run, "a dispute about a parcel, 9.00", 900, "product_not_received"),
                _dispute(run, "a dispute about fraud, 420.00: one desk would accept it", 42_000, "fraudulent"),
                _ended("example_dispute"),
            ],
        ),
        Act(
            "Group chat: a maker writes, a checker approves",
            "The maker says the same again in other words. The guard sees it, long before the rounds are used up.",
            [
                _change(run, "a change whose title says what it does", "Export of invoices as PDF"),
                _change(run, "a change whose title says nothing", "Refactoring"),
                _ended("example_note"),
            ],
        ),
        Act(
            "Handoff: a ticket finds its desk",
            "Nobody gets a ticket twice without anything new. In the end a person gets it, with the whole way it took.",
            [
                _comment(run, "a customer asks about a charge on a card", "What is this charge on my card?"),
                _comment(run, "a customer's phone has trouble with another charge", "My phone does not charge."),
                _ended("example_ticket"),
            ],
        ),
        Act(
            "Magentic: a plan, its progress, and a new plan",
            "Reports without progress are counted. The plan is made anew once, with other desks; then it ends.",
            [
                _failure(run, "a payment failed with a code that billing knows", "card_declined"),
                _failure(run, "a payment failed with a code that nobody knows", "processing_error"),
                _ended("example_failure"),
            ],
        ),
    )


def _lead(run: Run, story: str, seats: int) -> Delivery:
    return run.fixture("typeform", "form_response__demo_asked_for", story, {"form_response.answers.4.number": seats})


def _dispute(run: Run, story: str, amount: int, reason: str) -> Delivery:
    changes = {"data.object.amount": amount, "data.object.reason": reason}
    return run.fixture("stripe", "charge_dispute_created__fraudulent", story, changes)


def _change(run: Run, story: str, title: str) -> Delivery:
    return run.fixture("github", "pull_request_opened__ordinary", story, {"pull_request.title": title})


def _comment(run: Run, story: str, text: str) -> Delivery:
    changes = {"event.comment.body": text}
    return run.fixture("zendesk", "zen_event_type_ticket_comment_added__by_requester", story, changes)


def _failure(run: Run, story: str, code: str) -> Delivery:
    return run.fixture("stripe", "charge_failed__declined", story, {"data.object.failure_code": code})


def _ended(manager: str) -> Check:
    """The first run of a manager has nothing for a guard to see; the second ends as planned, and the guard saw why."""
    failure, guard, end = PLANTED[manager]

    def holds(seen: Evidence) -> bool:
        ordinary, planted = (one for one in seen.runs() if one["manager"] == manager)
        return not ordinary["guards"] and planted["state"] == end and _first(planted)["guard"] == guard

    return Check(f"the guard {guard} saw that {failure}, and the run is {end}", holds)


def _first(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a guard saw first in a run."""
    none = {"guard": "", "saw": "", "steps": None}
    return next(iter(run["guards"]), none)


def _runs(seen: Evidence) -> Iterator[Mapping[str, Any]]:
    """The runs of the flow's managers: its deliveries may start runs of others too."""
    return (run for run in seen.runs() if run["manager"] in MANAGERS)


def _seen(seen: Evidence) -> Iterator[Sequence[object]]:
    for run in _runs(seen):
        first, failure = _first(run), PLANTED[run["manager"]][0]
        wrong = failure if first["guard"] else "nothing"
        yield MANAGERS[run["manager"]], wrong, first["guard"], first["steps"], first["saw"], run["state"]


def _over(seen: Evidence) -> int:
    return sum(run["state"] in END_STATES for run in _runs(seen))


def _caught(seen: Evidence) -> int:
    return sum(bool(run["guards"]) for run in _runs(seen))


FLOW = Flow(
    summary="five small workflows, one of each pattern, each with a failure that its guard sees",
    agents=(*MANAGERS, *DESKS),
    acts=acts,
    outcomes={**{f"workflow.ended {state}": state for state in END_STATES}, "": "waits for a person"},
    figures={"runs_over": _over, "guards_saw_something": _caught},
    tables=[Table("The runs", ("pattern", "what went wrong", "guard", "steps", "it saw", "end"), _seen)],
)
