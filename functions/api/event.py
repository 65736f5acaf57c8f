"""What a domain event imports: the base class, the types of fields, and their limits."""

from functions.core.events.domain_event import DomainEvent
from functions.core.events.fields import Count, Identifier, Line, Text, Word
from functions.core.events.limits import COMMIT, CURRENCY, LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD, MOST_ITEMS

__all__ = [
    "COMMIT",
    "CURRENCY",
    "Count",
    "DomainEvent",
    "Identifier",
    "LONGEST_LINE",
    "LONGEST_TEXT",
    "LONGEST_WORD",
    "Line",
    "MOST_ITEMS",
    "Text",
    "Word",
]
