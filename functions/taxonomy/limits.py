"""How long what comes from outside may be; a translation cuts it to fit, so that length alone refuses nothing.

Apart from the models: a verifier, whose cold start a provider waits for, needs these and not pydantic.
"""

LONGEST_WORD = 100
LONGEST_LINE = 500
LONGEST_TEXT = 8000
MOST_ITEMS = 50
