"""The reception agent: decides on a call while it rings, and answers it by the API that announced it."""

from contextlib import suppress
from datetime import datetime

from functions.agents.reception.decision import Decision, Known, Ringing, decided, decided_without, line_of
from functions.agents.reception.settings import SETTINGS, Refuse, Transfer
from functions.agents.reception.tools import OpenaiCallAcceptAudio, OpenaiSessionAcceptSession, Tools
from functions.api.agent import (
    BudgetExceeded,
    Done,
    Emit,
    Event,
    Gone,
    Outcome,
    PerhapsDone,
    RetryableError,
    Superseded,
)

ANSWERED, ENDED = "call.answered", "call.ended"


def run(event: Event, tools: Tools) -> Outcome:
    """Answer a call.incoming: accept it, put it through, or refuse it. One that is late or gone is missed."""
    call = ringing(event)
    if seconds_of(event.receivedat) - call.at > SETTINGS.late_after:
        return missed(event, "late", f"it was received more than {SETTINGS.late_after} s after the call began to ring")
    found = decided_without(call, SETTINGS) or decided(call, known(call, tools), SETTINGS)
    try:
        return answered(event, call, found, tools)
    except Superseded as done:
        return earlier(event, call, done) if done.own else Done(str(done))  # the other API announced the same call
    except Gone as gone:
        return missed(event, "gone", str(gone))
    except BudgetExceeded as late:  # it waited in the queue
        return missed(event, "late", str(late))


def ringing(event: Event) -> Ringing:
    """The call of a call.incoming."""
    return Ringing(event.data["number"], event.data["line"], seconds_of(event.time))


def seconds_of(time: str) -> int:
    """An RFC 3339 time in unix seconds."""
    return int(datetime.fromisoformat(time).timestamp())


def known(call: Ringing, tools: Tools) -> Known | None:
    """What the timelines say of the line and of the number; None if they do not answer in time.

    Too late for a read, an earlier try may have answered the call: that the gate knows when it is answered again.
    """
    try:
        going_on = _going_on(call, tools) if call.line else 0
        return Known(going_on, _answered(call.number, tools) if call.number else 0)
    except (BudgetExceeded, RetryableError):
        return None


def _going_on(call: Ringing, tools: Tools) -> int:
    """The answered calls of the line that may still go on. Nobody says when a call ends before its longest time."""
    line, most = f"openai:line/{call.line}", line_of(call, SETTINGS).most_calls
    entries = tools.context.timeline_read(entity=line, limit=most, type=ANSWERED)["entries"]
    calls = {entry["data"]["call"] for entry in entries if entry["data"]["until"] > call.at}
    if len(calls) < most:
        return len(calls)
    ended = tools.context.timeline_read(entity=line, limit=most, type=ENDED)["entries"]
    return len(calls - {entry["data"]["call"] for entry in ended})


def _answered(number: str, tools: Tools) -> int:
    read = tools.context.timeline_read(entity=f"openai:caller/{number}", limit=1, type=ANSWERED)
    count: int = read["aggregates"].get(f"count {ANSWERED}", 0)
    return count


def answered(event: Event, call: Ringing, found: Decision, tools: Tools) -> Outcome:
    """Give the answer, and publish it."""
    own = {"call": event.data["call"], "api": event.data["api"], "why": found.why}
    if isinstance(found.answer, Refuse):
        refuse(event, found.answer.status, tools)
        return Emit("call.refused", own | {"status": found.answer.status}, why=f"{found.why}: refused")
    confirmed = accept(event, found.answer.instructions, tools)
    to = found.answer.to if isinstance(found.answer, Transfer) else ""
    transferred = bool(to and confirmed) and put_through(event, to, tools)
    data = {"transferred": transferred, "confirmed": confirmed, "until": call.at + SETTINGS.longest_call}
    return Emit(ANSWERED, own | data, why=f"{found.why}: {'put through' if transferred else 'accepted'}")


def earlier(event: Event, call: Ringing, done: Superseded) -> Outcome:
    """Publish what an earlier try decided, which ended before it could, when the timelines said something else."""
    own = {"call": event.data["call"], "api": event.data["api"], "why": "earlier"}
    if done.by.endswith(".reject"):
        return Emit("call.refused", own | {"status": None}, why=str(done))
    data = {"transferred": False, "confirmed": True, "until": call.at + SETTINGS.longest_call}
    return Emit(ANSWERED, own | data, why=str(done))


def accept(event: Event, instructions: str, tools: Tools) -> bool:
    """Accept the call; False if that may have happened, and OpenAI's answer was lost.

    OpenAI takes a body that cannot work, so the connector's manifest says what it may hold.
    """
    id = event.data["call"]
    try:
        if event.data["api"] == "realtime":
            audio: OpenaiCallAcceptAudio = {"output": {"voice": SETTINGS.voice}}
            tools.openai.call_accept(id=id, model=SETTINGS.realtime_model, instructions=instructions, audio=audio)
        else:
            session: OpenaiSessionAcceptSession = {
                "type": "live",
                "model": SETTINGS.live_model,
                "instructions": instructions,
                "audio": {"output": {"voice": SETTINGS.voice}},
            }
            tools.openai.session_accept(id=id, session=session)
    except PerhapsDone:
        return False
    return True


def refuse(event: Event, status: int, tools: Tools) -> None:
    """Refuse the call with a SIP status. If it is over and OpenAI's first answer was lost, that is as good."""
    with suppress(PerhapsDone):
        if event.data["api"] == "realtime":
            tools.openai.call_reject(id=event.data["call"], status_code=status)
        else:
            tools.openai.session_reject(id=event.data["call"], status_code=status)


def put_through(event: Event, to: str, tools: Tools) -> bool:
    """Transfer the accepted call; False if OpenAI cannot, and then the model takes a message."""
    try:
        if event.data["api"] == "realtime":
            tools.openai.call_refer(id=event.data["call"], target_uri=to)
        else:
            tools.openai.session_refer(id=event.data["call"], target_uri=to)
    except (BudgetExceeded, Gone, PerhapsDone):
        return False
    return True


def missed(event: Event, why: str, reason: str) -> Outcome:
    """Publish that nobody answered."""
    return Emit("call.missed", {"call": event.data["call"], "api": event.data["api"], "why": why}, why=reason)
