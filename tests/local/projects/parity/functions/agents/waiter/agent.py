"""The waiter."""

from functions.api.agent import ApprovalRequired, Done, Event, Outcome, Tools, WaitFor

LONG, BRIEF = 24 * 3600, 2  # seconds


def run(event: Event, tools: Tools) -> Outcome:
    """Wait for a push to a pull request whose title begins with "wait", and tell of it."""
    if tools.waited is None:
        title = event.data["title"]
        if not title.startswith("wait"):
            return Done("it is told to wait for nothing")
        return WaitFor(
            event="change.updated",
            entity=event.subject,
            until=BRIEF if "briefly" in title else LONG,
            otherwise=ApprovalRequired(None, "Nobody pushed. Close it?", {"title": title}),
            note={"title": title},
        )
    tools.slack.message_post(to="alerts", text=f"{tools.waited.note['title']}: pushed")
    return Done("it told of the push")
