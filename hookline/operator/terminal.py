"""Text from outside, as a terminal may show it."""


def plain(text: str) -> str:
    """Text from outside as a terminal may show it: what moves the cursor or turns the text around is spelled out."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
