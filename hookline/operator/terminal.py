"""Makes text from outside safe for a terminal, and keeps tokens off it."""

import re

# Our tokens and JWTs: base64url of JSON, which begins with {", and at least one more part. A connector accepts a grant
# from anyone who has read it.
_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]{16,})+", re.ASCII)
HIDDEN = "(a token, not shown)"


def plain(text: str) -> str:
    """The text without tokens, and with every non-printable character escaped: it cannot control the terminal."""
    return escaped(without_tokens(text))


def escaped(text: str) -> str:
    """The text with every non-printable character escaped."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def without_tokens(text: str) -> str:
    """The text with every signed token replaced."""
    return _TOKEN.sub(HIDDEN, text)
