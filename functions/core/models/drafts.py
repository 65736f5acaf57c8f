"""Drafts: what a model wrote, reduced to plain text before it is shown or sent. Pure."""

import html
import re
from collections.abc import Sequence
from unicodedata import normalize

from functions.core.models.visible import without_invisible

LONGEST = 4_000  # characters
LINK_GONE, IMAGE_GONE = "[link removed]", "[image removed]"

_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)?|\[[^\]]*\]?)?")
_LABELLED = re.compile(r"\[([^\[\]]*)\](?:\(([^)]*)\)?|:[ \t]*(?=\S+:/*\S))")
_ANGLED = re.compile(r"<\s*(https?://[^\s<>|]+)(?:\|[^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]*:\s*/+\s*\S*|(?:mailto|javascript|vbscript):\S*|\b(?:data|tel|sms|file):\S+", re.IGNORECASE
)
_PROTOCOL_RELATIVE = re.compile(r"[/\\]{2,}\S*")
# What chat tools and mail clients make a link of: a host name, with what follows it.
_DOT = re.compile("[.\u3002\uff0e\uff61](?=[^\\W\\d_]{2,}|xn--)", re.IGNORECASE)
# GitHub takes "@" after all but ASCII letters and digits for a mention: ".@name", and "_@name_", which is emphasized.
_MENTION = re.compile(r"(?<![A-Za-z0-9])[@\uff20]+(?=\w)")
_MARKUP = re.compile(r"[*`~|{}\\]+")
_HEADING = re.compile(r"^(?:#+\s+)+")


def cleaned(text: str, links: Sequence[str] = (), longest: int = LONGEST) -> str:
    """A model's text as plain text of at most `longest` characters.

    Links are removed, except those that begin with a prefix in `links` ("https://status.example.com/"). Images, tags,
    mentions and markup are removed, host names are written so that nothing makes a link of them ("evil[.]example"), and
    invisible letters are left out. Cleaning a cleaned text changes nothing.
    """
    found = text
    for _ in range(len(text) + 2):  # what is left after a removal may be a link again
        again = _once(found, tuple(links))
        if again == found:
            break
        found = again
    return found if len(found) <= longest else f"{found[: longest - 3].rstrip()}..."


def _once(text: str, links: tuple[str, ...]) -> str:
    plain = without_invisible(normalize("NFKC", html.unescape(text)))
    plain = _IMAGE.sub(IMAGE_GONE, plain)
    plain = _ANGLED.sub(r" \1 ", plain)
    plain = _LABELLED.sub(r"\1 \2", plain)
    plain = _TAG.sub("", plain).replace("<", "").replace(">", "")
    return "\n".join(_line(line, links) for line in plain.split("\n")).strip()


def _line(line: str, links: tuple[str, ...]) -> str:
    line = _HEADING.sub("", line.strip())
    return " ".join(word if _is_allowed(word, links) else _word(word) for word in _words(line))


def _words(line: str) -> list[str]:
    return _SCHEME.sub(lambda link: f" {link[0]} ", line).split()


def _is_allowed(word: str, links: tuple[str, ...]) -> bool:
    """Whether the word is a link that may stay; nothing in it may change its host or its shape."""
    plain = re.fullmatch(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/-]*)?", word) is not None
    return plain and ".." not in word and any(word.startswith(prefix) for prefix in links)


def _word(word: str) -> str:
    gone = _PROTOCOL_RELATIVE.sub(LINK_GONE, _SCHEME.sub(LINK_GONE, word))
    return _DOT.sub("[.]", _MENTION.sub("", _MARKUP.sub("", gone)))
