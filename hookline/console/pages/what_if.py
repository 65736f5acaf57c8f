"""What if: the kept results of runs over records, and a run of the present code."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator.errors import OperatorError
from hookline.operator.records import asking
from hookline.operator.records.asking import Question

page = Page("What if", order=64)

RUNS = 1000  # of a run that the console starts: a browser waits for it
SHOWN = 200  # events of a result


@page.view("what_if.html", command="what-if-results", tool="list_what_if_results")
def listed(asked: Asked) -> Mapping[str, Any]:
    """The kept results, and the agents that can be asked about."""
    return {"results": asking.results(asked.account).listed(), "agents": asking.can_be_asked(), "most": RUNS}


@page.view("what_if_one.html", "one", command="what-if-results ID", tool="show_what_if_result")
def one(asked: Asked) -> Mapping[str, Any]:
    """One result: what flips, where it first differs, and in which lane."""
    found = asking.results(asked.account).find(asked.needs("id"))
    rows = found["events"] if found["of"] == "code" else found["changed"]
    return {"result": found, "rows": rows[:SHOWN], "left_out": max(0, len(rows) - SHOWN)}


@page.act("run", command="what-if AGENT", tool="run_what_if")
def run(asked: Asked) -> Done:
    """Run the present code over an agent's newest records. Nothing in the account changes, so it is not on record."""
    agent = asked.needs("name")
    if agent not in asking.can_be_asked():
        raise OperatorError(f"agent {agent} is not recorded, or cannot be run over records")
    found = asking.ask(asked.account, Question(agent, limit=RUNS), asked.now)
    said = f"{found['flip']:,} of {found['runs']:,} runs differ from the record, {found['unknown']:,} are unknown"
    return Done(said, f"/what-if/one?id={found['id']}")
