"""Replay: which handled events an agent would get again, and the replay."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator import event_search, known
from hookline.operator import replay as replaying
from hookline.operator.errors import OperatorError
from hookline.operator.replay import Wanted

page = Page("Replay", order=66)

FIELDS = ("event", "source", "type", "since", "until")
SHOWN = 100  # events of a preview
NOTHING: Mapping[str, Any] = {"events": [], "seen": "", "why": ""}


@page.view("replay.html", command="replay --agent NAME --dry-run", tool="preview_replay")
def show(asked: Asked) -> Mapping[str, Any]:
    """The form; once it names an agent, what would be replayed."""
    given = {name: asked.query.get(name, "").strip() for name in ("agent", *FIELDS)}
    wanted = _wanted(given, asked.now)
    found, why = _preview(asked, given["agent"], wanted) if _asks(given) else (NOTHING, "")
    times = {"since": wanted.since, "until": wanted.until}  # "2h" is another time when the form is sent
    return {
        "asked": given,
        "agents": sorted(known.find().project.agents),
        "found": found["events"][:SHOWN],
        "count": len(found["events"]),
        "why": why or found["why"],
        "seen": {**given, **times, "seen": found["seen"]},
        "has_archive": replaying.has_archive(asked.account),
    }


@page.act("start", command="replay --agent NAME", tool="start_replay")
def start(asked: Asked) -> Done:
    """Replay exactly the events that were shown."""
    agent = asked.needs("agent")
    found = replaying.chosen(asked.account, agent, _wanted(asked.form, asked.now), asked.now)
    replaying.refuse_changed(found, asked.needs("seen"))
    made = replaying.replay(asked.account, agent, found, asked.needs("note"), asked.now)
    return Done(f"replay {made.name} of {len(found):,} events has started", f"/audit/chain?identity=agent.{agent}")


def _preview(asked: Asked, agent: str, wanted: Wanted) -> tuple[Mapping[str, Any], str]:
    """What would be replayed, or why nothing is."""
    try:
        return replaying.preview(asked.account, agent, wanted, asked.now), ""
    except OperatorError as error:
        return NOTHING, str(error)


def _asks(given: Mapping[str, str]) -> bool:
    return bool(given["agent"]) and any(given[name] for name in FIELDS)


def _wanted(given: Mapping[str, str], now: float) -> Wanted:
    times = event_search.wanted({name: given.get(name, "") for name in ("since", "until")}, now)
    events = [given["event"]] if given.get("event") else []
    return Wanted(events, given.get("source", ""), given.get("type", ""), times.since, times.until)
