"""The ledger of a magentic run: facts, guesses, the plan and the progress; and planners that are rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from functions.core.workflows.contents import LONGEST_FACT, Unfit, facts_in, text_in, word_in
from functions.core.workflows.facts import Fact

MOST_ITEMS = 10


@dataclass(frozen=True)
class Item:
    """One task of a plan: what `worker` is to do about an entity of the grant."""

    worker: str
    entity: str
    do: str
    status: Literal["open", "done", "failed"] = "open"


@dataclass(frozen=True)
class Outcome:
    """What became of an item."""

    item: Item
    text: str


@dataclass(frozen=True)
class Ledger:
    """What is known and done.

    `plans` counts the plans so far, `steps` the tasks given to workers, and `idle` the reports since the last progress:
    a new fact, or an item done. `why` is why the plan before was given up.
    """

    facts: tuple[Fact, ...] = ()
    guesses: tuple[str, ...] = ()
    plan: tuple[Item, ...] = ()
    progress: tuple[Outcome, ...] = ()
    plans: int = 0
    steps: int = 0
    idle: int = 0
    why: str = ""

    @property
    def next(self) -> int | None:
        """The index of the first open item of the plan, None if all are done."""
        return next((index for index, item in enumerate(self.plan) if item.status == "open"), None)

    def settled(self, index: int, status: Literal["done", "failed"], text: str) -> "Ledger":
        """With an item of the plan done or failed."""
        item = replace(self.plan[index], status=status)
        plan = (*self.plan[:index], item, *self.plan[index + 1 :])
        return replace(self, plan=plan, progress=(*self.progress, Outcome(item, text)))

    @property
    def shown(self) -> Mapping[str, Any]:
        """For members, people and the result."""
        return {
            "facts": [{"member": fact.member, "text": fact.text} for fact in self.facts],
            "guesses": list(self.guesses),
            "plan": [vars(item) for item in self.plan],
            "progress": [{**vars(one.item), "text": one.text} for one in self.progress],
            "why": self.why,
        }


def items_in(content: Mapping[str, Any], workers: Sequence[str], entities: Sequence[str]) -> tuple[Item, ...]:
    """The plan of a planner's answer. Raises Unfit for a task of nobody, or about nothing that the grant names."""
    plan = content.get("plan")
    if not isinstance(plan, list | tuple) or not 1 <= len(plan) <= MOST_ITEMS:
        raise Unfit(f"plan: write a list of 1 to {MOST_ITEMS} tasks")
    return tuple(_item(one, workers, entities) for one in plan)


def _item(one: object, workers: Sequence[str], entities: Sequence[str]) -> Item:
    if not isinstance(one, Mapping):
        raise Unfit("plan: each task is an object with worker, entity and do")
    return Item(word_in(one, "worker", workers), entity_in(one, entities), text_in(one, "do", LONGEST_FACT))


def entity_in(content: Mapping[str, Any], entities: Sequence[str]) -> str:
    """The entity of a task, which is one of the grant's. Raises Unfit, so that no task drifts."""
    try:
        return word_in(content, "entity", entities)
    except Unfit as error:
        raise Unfit(str(error), "drift") from None


def guesses_in(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The planner's guesses, which replace those before."""
    return facts_in(content, "guesses")


@dataclass(frozen=True)
class Route:
    """What is done about an entity of a kind ("stripe:charge"), and by whom, the first choice first."""

    kind: str
    workers: Sequence[str]
    do: str


@dataclass(frozen=True)
class Rules:
    """A planner without a model: each route for each entity of its kind; who failed is followed by the next choice."""

    routes: Sequence[Route]

    def plan(self, ledger: Ledger, entities: Sequence[str]) -> Mapping[str, Any]:
        """A planner's answer: a plan of what is open, done if nothing is, or give_up if nobody is left for a task."""
        wanted = [(route, one) for one in entities for route in self.routes if one.partition("/")[0] == route.kind]
        done = {(one.item.entity, one.item.do) for one in ledger.progress if one.item.status == "done"}
        failed = {(one.item.worker, one.item.entity, one.item.do) for one in ledger.progress}
        plan = []
        for route, entity in wanted:
            if (entity, route.do) in done:
                continue
            left = [worker for worker in route.workers if (worker, entity, route.do) not in failed]
            if not left:
                return {"says": "give_up", "why": f"nobody is left to {route.do}"}
            plan.append({"worker": left[0], "entity": entity, "do": route.do})
        if plan:
            return {"says": "plan", "plan": plan[:MOST_ITEMS]}
        return {"says": "done", "result": "every route was done"} if done else {"says": "give_up", "why": "no route"}

    def findings(self, workers: Sequence[str]) -> Iterator[str]:
        """What is wrong with the routes."""
        if not self.routes:
            yield "planner: its rules have no route"
        for route in self.routes:
            if not route.workers:
                yield f"route of {route.kind!r}: name at least one worker"
            if strange := sorted({*route.workers} - {*workers}):
                yield f"route of {route.kind!r}: {', '.join(strange)} is not a worker"
            if not route.do or len(route.do) > LONGEST_FACT:
                yield f"route of {route.kind!r}: say what to do, in at most {LONGEST_FACT} characters"
