"""Limits and patterns of the fields of domain events.

A translation cuts longer text, so no delivery is refused for its length alone.

They are apart from the models because verifiers need them without pydantic, whose import slows their cold starts.
"""

LONGEST_WORD = 100
LONGEST_LINE = 500
LONGEST_TEXT = 8000
MOST_ITEMS = 50
COMMIT = r"([0-9a-f]{40}|[0-9a-f]{64})"
CURRENCY = r"[a-z]{3}"
