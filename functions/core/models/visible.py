"""Makes letters that nobody sees visible, in text from outside. Pure."""

import re
from unicodedata import category

# Letters that show nothing although Unicode counts them as letters or symbols, and default-ignorable code points
# (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point). U+FE0F alone carries no text: emoji need it.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0000-\U000e0fff]")
_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def visible(text: str) -> str:
    """`text` in which controls, invisible letters and those that turn text around stand as `[U+200B]`.

    Line breaks and tabs stay; every kind of line break becomes a newline.
    """
    return "".join(_shown(letter) for letter in _BREAKS.sub("\n", text))


def without_invisible(text: str) -> str:
    """`text` without those letters."""
    return "".join(letter for letter in _BREAKS.sub("\n", text) if not _is_hidden(letter))


def _shown(letter: str) -> str:
    return f"[U+{ord(letter):04X}]" if _is_hidden(letter) else letter


def _is_hidden(letter: str) -> bool:
    if letter in "\n\t" or " " <= letter <= "~":
        return False
    return category(letter) in _HIDDEN or _BLANK.match(letter) is not None
