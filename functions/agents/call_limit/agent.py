"""The agent that ends calls: it waits until a call must be over, and then ends it."""

from datetime import datetime

from functions.agents.call_limit.tools import Tools
from functions.api.agent import Done, Emit, Event, Gone, Outcome, PerhapsDone, WaitFor

KINDS = {"realtime": "call", "live": "session"}


def run(event: Event, tools: Tools) -> Outcome:
    """Wait for the end of a call.answered; end the call of a call.overdue."""
    if tools.waited:
        give_back(tools.waited.event, tools)
        return Done("the call is over")
    call = {"call": event.data["call"], "api": event.data["api"]}
    if event.type == "call.overdue":
        how = "at_the_limit" if hung_up(event, tools) else "by_then"
        give_back(event, tools)
        return Emit("call.ended", call | {"how": how})
    left = event.data["until"] - int(datetime.fromisoformat(event.time).timestamp())
    return WaitFor("call.ended", own_in(event), until=max(1, left), otherwise=Emit("call.overdue", call))


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


def give_back(event: Event, tools: Tools) -> None:
    """Give the call's place at its line back; what named no line has none."""
    line = next((one for one in event.entities if one.startswith("openai:line/")), "")
    holder = next((one for one in event.entities if one.startswith("openai:dialog/")), own_in(event))
    if line:
        tools.claims.place_give_back(entity=line, of="calls", holder=holder)


def own_in(event: Event) -> str:
    """The entity of the call as its API names it."""
    return f"openai:{KINDS[event.data['api']]}/{event.data['call']}"
