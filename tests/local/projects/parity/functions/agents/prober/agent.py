"""The prober."""

from functions.api.agent import Action, Done, Emit, Event, Outcome, Tools

FOREIGN = "C0FOREIGN1"
# Not in its manifest; in variables, because validation reads the code and would refuse it.
READ, APPROVED = "message.list", "payment.approved"


def run(event: Event, tools: Tools) -> Outcome:
    """Do what the title says, "post 1234" for example, whose number makes the text unique."""
    title = event.data["title"]
    match title.rpartition(" ")[0]:
        case "foreign entity":
            tools.slack.message_post(channel=FOREIGN, text=title)
        case "undeclared operation":
            tools.perform(Action("slack", READ, {"channel": FOREIGN}))
        case "undeclared event":
            return Emit(APPROVED, {"charge": "ch_1", "score": 0.0, "review_closed": False})
        case "raise":
            raise KeyError(title)
        case "twice":
            tools.slack.message_post(to="alerts", text=title)
            tools.slack.message_post(to="alerts", text=f"{title} again")
        case "over budget":
            tools.slack.message_post(to="alerts", text=title)
            tools.slack.message_post(to="others", text=title)
        case _:
            tools.slack.message_post(to="alerts", text=title)
    return Done("it was allowed")
