"""What the agents of a support desk import beside `functions.api.agent`: messages, labels, and updates of tickets."""

from functions.core.desk.drafting import drafted, history, labelled, past_of
from functions.core.desk.labels import Labels, labels_in, message_of, mood_of, urgency_of
from functions.core.desk.languages import language_of
from functions.core.desk.messages import cut, is_automatic, meaning
from functions.core.desk.orders import gives_orders
from functions.core.desk.updates import Update, Written, to_a_person, unsent, write

__all__ = [
    "Labels",
    "Update",
    "Written",
    "cut",
    "drafted",
    "gives_orders",
    "history",
    "is_automatic",
    "labelled",
    "labels_in",
    "language_of",
    "meaning",
    "message_of",
    "mood_of",
    "past_of",
    "to_a_person",
    "unsent",
    "urgency_of",
    "write",
]
