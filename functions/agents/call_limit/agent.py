"""The agent that ends calls: it waits until a call must be over, and then ends it."""

from datetime import datetime

from functions.agents.call_limit.tools import Tools
from functions.api.agent import Done, Emit, Event, Gone, Outcome, PerhapsDone, WaitFor

KINDS = {"realtime": "call", "live": "session"}


def run(event: Event, tools: Tools) -> Outcome:
    """Wait for the end of a call.answered; end the call of a call.overdue."""
    if tools.waited:
        return Done("the call is over")
    call = {"call": event.data["call"], "api": event.data["api"]}
    if event.type == "call.overdue":
        return Emit("call.ended", call | {"how": "at_the_limit" if hung_up(event, tools) else "by_then"})
    left = event.data["until"] - int(datetime.fromisoformat(event.time).timestamp())
    entity = f"openai:{KINDS[call['api']]}/{call['call']}"
    return WaitFor("call.ended", entity, until=max(1, left), otherwise=Emit("call.overdue", call))


def hung_up(event: Event, tools: Tools) -> bool:
    """End the call; False if it is over already."""
    try:
        if event.data["api"] == "realtime":
            tools.openai.call_hangup(id=event.data["call"])
        else:
            tools.openai.session_hangup(id=event.data["call"])
    except (Gone, PerhapsDone):
        return False
    return True
