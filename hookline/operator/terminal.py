"""Makes text from outside safe for a terminal."""


def plain(text: str) -> str:
    """The text with every non-printable character escaped, so that it cannot control the terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
