"""How long what comes from outside may be, and what some of it must look like.

A translation cuts what is too long, so that length alone refuses nothing.

Apart from the models: a verifier, whose cold start a provider waits for, needs these and not pydantic.
"""

LONGEST_WORD = 100
LONGEST_LINE = 500
LONGEST_TEXT = 8000
MOST_ITEMS = 50
COMMIT = r"([0-9a-f]{40}|[0-9a-f]{64})"
CURRENCY = r"[a-z]{3}"
