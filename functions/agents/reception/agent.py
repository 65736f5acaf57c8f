"""The reception agent: decides on a call while it rings, and answers it by the API that announced it."""

from contextlib import suppress
from datetime import datetime

from functions.agents.reception.decision import Decision, Ringing, acquainted, decided, line_of, with_room
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
    PermanentError,
    RetryableError,
    Superseded,
)

ANSWERED, PLACES = "call.answered", "calls"
KINDS = {"realtime": "call", "live": "session"}
# A place ends a while after the call must have, if nobody gives it back.
GRACE = 120  # seconds


def run(event: Event, tools: Tools) -> Outcome:
    """Answer a call.incoming: accept it, put it through, or refuse it. One that is late or gone is missed."""
    data, at = event.data, seconds_of(event.time)
    if seconds_of(event.receivedat) - at > SETTINGS.late_after:
        return missed(event, "late", f"it was received more than {SETTINGS.late_after} s after the call began to ring")
    call = Ringing.of(data["number"], data["line"], at, SETTINGS)
    found, holds = placed(event, call, decided(call, SETTINGS), tools)
    try:
        return answered(event, call, known(event, found, tools), holds, tools)
    except Superseded as done:
        # Else the other API announced the same call.
        return earlier(event, call, found, done, tools) if done.own else Done(str(done))
    except (Gone, BudgetExceeded) as over:  # too late: it waited in the queue
        return missed(event, "gone" if isinstance(over, Gone) else "late", str(over))


def seconds_of(time: str) -> int:
    """An RFC 3339 time in unix seconds."""
    return int(datetime.fromisoformat(time).timestamp())


def placed(event: Event, call: Ringing, found: Decision, tools: Tools) -> tuple[Decision, bool]:
    """The decision if the line has room for the call, or not; and whether the call may hold a place.

    All webhooks of a call share its place. One that names no line takes none.
    """
    entity, line = line_in(event), line_of(call, SETTINGS)
    if not found.takes_place or not entity:
        return found, False
    term = SETTINGS.longest_call + GRACE
    try:
        room: bool = tools.claims.place_take(
            entity=entity, of=PLACES, holder=holder_in(event), by=own_in(event), most=line.most_calls, seconds=term
        )["taken"]
    except BudgetExceeded:  # it is too late for a place, and the gate knows whether an earlier try answered the call
        return with_room(found, None, line, SETTINGS), False
    except RetryableError:
        return with_room(found, None, line, SETTINGS), True
    return with_room(found, room, line, SETTINGS), room


def known(event: Event, found: Decision, tools: Tools) -> Decision:
    """The decision by what the timeline says of the number; if it does not answer in time, as on any other number."""
    number = event.data["number"]
    if found.why != "open" or not number:
        return found
    try:
        read = tools.context.timeline_read(entity=f"openai:caller/{number}", limit=1, type=ANSWERED)
    except (BudgetExceeded, RetryableError):
        return found
    return acquainted(found, read["aggregates"].get(f"count {ANSWERED}", 0))


def answered(event: Event, call: Ringing, found: Decision, holds: bool, tools: Tools) -> Outcome:
    """Give the answer, and publish it. A call that certainly is not accepted gives back the place that it `holds`."""
    own = {"call": event.data["call"], "api": event.data["api"], "why": found.why}
    if isinstance(found.answer, Refuse):
        refuse(event, found.answer.status, tools)
        return Emit("call.refused", own | {"status": found.answer.status}, why=f"{found.why}: refused")
    try:
        confirmed = accept(event, found.answer.instructions, tools)
    except Superseded:  # the call goes on
        raise
    except PermanentError:
        if holds:
            tools.claims.place_give_back(entity=line_in(event), of=PLACES, holder=holder_in(event), by=own_in(event))
        raise
    # Also if OpenAI's answer to the accept was lost: a call that it puts through was accepted.
    transferred = put_through(event, found, tools)
    until = call.at + SETTINGS.longest_call
    data = {"transferred": transferred, "confirmed": confirmed or bool(transferred), "until": until}
    return Emit(ANSWERED, own | data, why=f"{found.why}: {'put through' if transferred else 'accepted'}")


def earlier(event: Event, call: Ringing, found: Decision, done: Superseded, tools: Tools) -> Outcome:
    """Publish what an earlier try decided, which ended before it could, when the timeline said something else.

    A transfer that it began is completed while there is time, and is not made twice.
    """
    own = {"call": event.data["call"], "api": event.data["api"], "why": "earlier"}
    if done.by.endswith(".reject"):
        return Emit("call.refused", own | {"status": None}, why=str(done))
    transferred = put_through(event, found, tools)
    data = {"transferred": transferred, "confirmed": True, "until": call.at + SETTINGS.longest_call}
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


def put_through(event: Event, found: Decision, tools: Tools) -> bool | None:
    """Transfer the accepted call if that is the answer; None if nobody can tell whether OpenAI did.

    False if it cannot, or if it is too late: then the model takes a message.
    """
    if not isinstance(found.answer, Transfer):
        return False
    try:
        if event.data["api"] == "realtime":
            tools.openai.call_refer(id=event.data["call"], target_uri=found.answer.to)
        else:
            tools.openai.session_refer(id=event.data["call"], target_uri=found.answer.to)
    except (BudgetExceeded, Gone):
        return False
    except PerhapsDone:
        return None
    return True


def missed(event: Event, why: str, reason: str) -> Outcome:
    """Publish that nobody answered."""
    return Emit("call.missed", {"call": event.data["call"], "api": event.data["api"], "why": why}, why=reason)


def line_in(event: Event) -> str:
    """The entity of the called line, "" without any."""
    return next((one for one in event.entities if one.startswith("openai:line/")), "")


def own_in(event: Event) -> str:
    """The entity of the call as this event announces it."""
    return f"openai:{KINDS[event.data['api']]}/{event.data['call']}"


def holder_in(event: Event) -> str:
    """The entity of the call that all its webhooks name; the own one if they have none in common."""
    return next((one for one in event.entities if one.startswith("openai:dialog/")), own_in(event))
