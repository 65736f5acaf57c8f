"""OpenAI as a connector: incoming calls are answered, refused, transferred and ended.

https://developers.openai.com/api/docs/guides/realtime-sip; the Live API has the same operations on its sessions.
"""

from functions.api.connector import Bearer, ConnectorManifest, Number, Object, Operation, Text

# OpenAI answers 200 to a session that it cannot start, and the call dies. So what it takes is checked here
# (https://developers.openai.com/api/reference/resources/realtime/subresources/calls/methods/accept).
REALTIME_MODELS = (
    "gpt-realtime",
    "gpt-realtime-1.5",
    "gpt-realtime-2",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-mini",
)
LIVE_MODELS = ("gpt-live-1",)
VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
INSTRUCTIONS = Text(longest=16_000)
AUDIO = Object({"output": Object({"voice": Text(choices=VOICES)}, needs=["voice"])}, needs=["output"])
SESSION = Object(
    {"type": Text(choices=("live",)), "model": Text(choices=LIVE_MODELS), "instructions": INSTRUCTIONS, "audio": AUDIO},
    needs=["type", "model"],
)
# SIP's responses that refuse (RFC 3261, 21.3 to 21.6). The Realtime API sends 603, Decline, if none is given; the Live
# API requires one.
REFUSALS = Number(300, 699)
# For each API: the kind of its entities, and the path of a call.
APIS = {"call": "/v1/realtime/calls/{id}", "session": "/v1/live/sessions/{id}"}
# Where a call has ended, rings no more, or has been answered or refused otherwise. Which of them OpenAI answers when is
# not documented; people report call_id_not_found with 404.
GONE = (404, 409, 410)
ANSWERS = ("accept", "reject")


def _effect(kind: str, name: str, **takes: Text | Number | Object) -> Operation:
    """An effect on a call; it is the same when done twice, because a call is in one state.

    One call is announced for both APIs, and is answered once.
    """
    optional = {"audio"} | ({"status_code"} if kind == "call" else set())
    return Operation(
        f"{kind}.{name}",
        kind="effect",
        entity=f"openai:{kind}/{{id}}",
        method="POST",
        path=f"{APIS[kind]}/{name}",
        takes=takes,
        needs=[one for one in takes if one not in optional],
        sends={"type": "realtime"} if (kind, name) == ("call", "accept") else {},
        idempotency="natural",
        bodiless=True,
        gone=GONE,
        decides="openai:dialog" if name in ANSWERS else "",
    )


MANIFEST = ConnectorManifest(
    name="openai",
    owner="platform",
    hosts=["api.openai.com"],
    base="https://api.openai.com/",
    seconds=8,  # a call rings for less than a longer answer would take
    credential=Bearer(),
    operations=[
        _effect("call", "accept", model=Text(choices=REALTIME_MODELS), instructions=INSTRUCTIONS, audio=AUDIO),
        _effect("session", "accept", session=SESSION),
        *(_effect(kind, "reject", status_code=REFUSALS) for kind in APIS),
        *(_effect(kind, "refer", target_uri=Text(longest=500)) for kind in APIS),
        *(_effect(kind, "hangup") for kind in APIS),
    ],
)
