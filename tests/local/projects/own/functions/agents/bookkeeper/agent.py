from functions.api.agent import Done, Event, Tools


def run(event: Event, tools: Tools) -> Done:
    return Done("booked")
