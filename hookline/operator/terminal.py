"""Makes text from outside safe for a terminal, and keeps tokens off it."""

from functions.core.authority.tokens import without_tokens

__all__ = ["escaped", "plain", "without_tokens"]


def plain(text: str) -> str:
    """The text without tokens, and with every non-printable character escaped: it cannot control the terminal."""
    return escaped(without_tokens(text))


def escaped(text: str) -> str:
    """The text with every non-printable character escaped."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
