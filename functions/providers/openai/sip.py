"""What a SIP INVITE says (RFC 3261). The caller's side writes all of it, so it proves nothing."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from functions.api.source import LONGEST_LINE, Fields, text
from functions.api.source import name as id_of

# The short names of headers (RFC 3261, 7.3.3).
_SHORT = {"f": "from", "t": "to", "i": "call-id"}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')  # a display name, in which anything may stand
_ADDRESS = re.compile(r"<([^<>]*)>")
_SCHEMES = ("sip", "sips", "tel")
_END = re.compile("[@;?:]")  # of what names the user: before a host, parameters, headers or a password
_CONTEXT = re.compile(r";phone-context=\+([0-9]{1,3})(?![0-9])", re.IGNORECASE | re.ASCII)  # RFC 3966, 5.1.5
_SEPARATORS = str.maketrans("", "", "().-/")  # of a written number (RFC 3966, 3), and a slash
_DIGITS = re.compile("[0-9]{3,25}", re.ASCII)
_SEQUENCE = re.compile(r"\s*(\d{1,10})\s", re.ASCII)


def header(headers: Iterable[Fields], name: str) -> str | None:
    """The first SIP header of a name, which has no case (RFC 3261, 7.3.1)."""
    for one in headers:
        found = (one.may("name", text(LONGEST_LINE)) or "").strip().lower()
        if _SHORT.get(found, found) == name:
            return one.may("value", text(LONGEST_LINE))
    return None


def number(address: str | None) -> str | None:
    """The telephone number in the value of a From or To header, "+14155550100"; None if it has none.

    Only digits are left of what the caller wrote, and a plus before them if it is an international number: one with a
    plus, with the prefix 00, or with a country's code as its context. Others stay without one.
    """
    bare = _QUOTED.sub("", address or "")
    within = _ADDRESS.search(bare)
    uri = within[1] if within else bare.partition(";")[0]
    scheme, colon, rest = uri.partition(":")
    if not colon:
        rest = uri
    elif scheme.strip().lower() not in _SCHEMES:
        return None
    user = "".join(unquote(_END.split(rest, maxsplit=1)[0]).split())
    context = _CONTEXT.search(rest)
    if context and not user.startswith("+"):
        user = f"+{context[1]}{user}"
    international = user.startswith(("+", "00"))
    if international:
        user = user.replace("(0)", "", 1)  # of a number as it is written for people of two countries
    digits = user.removeprefix("+").translate(_SEPARATORS)
    if not _DIGITS.fullmatch(digits):
        return None
    digits = digits.lstrip("0") if international else digits
    return f"{'+' if international else ''}{digits}" if 3 <= len(digits) <= 15 else None  # noqa: PLR2004 - E.164


def dialog_id(call_id: str | None, sequence: str | None) -> str | None:
    """The same id for the same INVITE, whatever it is announced as: its Call-ID and the number of its CSeq.

    A caller whose INVITE was refused may send the next one under the same Call-ID, with a higher CSeq (RFC 3261,
    8.1.3.5): that is another call to decide on. None if the Call-ID is missing, or too long or odd for an id.
    """
    try:
        own = id_of((call_id or "").strip().replace("%", "%25").replace("/", "%2F"))
    except ValueError:
        return None
    found = _SEQUENCE.match(f"{sequence or ''} ")
    return f"{own}/{int(found[1])}" if found else own
