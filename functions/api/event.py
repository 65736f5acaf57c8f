"""What a domain event imports: the base class, the types of fields, and their limits."""

from functions.core.events.domain_event import DomainEvent, Increment, Measure, RunningTotal
from functions.core.events.fields import Amount, Count, Currency, Exponent, Identifier, Line, Text, Word
from functions.core.events.limits import COMMIT, CURRENCY, LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD, MOST_ITEMS

__all__ = [
    "Amount",
    "COMMIT",
    "CURRENCY",
    "Count",
    "Currency",
    "DomainEvent",
    "Exponent",
    "Identifier",
    "Increment",
    "LONGEST_LINE",
    "LONGEST_TEXT",
    "LONGEST_WORD",
    "Line",
    "MOST_ITEMS",
    "Measure",
    "RunningTotal",
    "Text",
    "Word",
]
