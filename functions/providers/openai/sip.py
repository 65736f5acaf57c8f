"""What a SIP INVITE says (RFC 3261). The caller's side writes all of it, so it proves nothing."""

import re
from collections.abc import Iterable

from functions.api.source import LONGEST_LINE, Fields, text
from functions.api.source import name as id_of

# The short names of headers (RFC 3261, 7.3.3).
_SHORT = {"f": "from", "t": "to", "i": "call-id"}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')  # a display name, in which anything may stand
_ADDRESS = re.compile(r"<([^<>]*)>")
_NUMBER = re.compile(r"(?:sips?|tel):(\+?)([0-9().-]{3,25})(?:[@;?].*)?", re.IGNORECASE | re.ASCII)
_SEPARATORS = str.maketrans("", "", "().-")  # of a written number (RFC 3966, 3)
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

    Only digits are left of what the caller wrote, and a plus before them.
    """
    bare = _QUOTED.sub("", address or "")
    within = _ADDRESS.search(bare)
    found = _NUMBER.fullmatch((within[1] if within else bare.partition(";")[0]).strip())
    digits = found[2].translate(_SEPARATORS) if found else ""
    return f"{found[1]}{digits}" if found and 3 <= len(digits) <= 15 else None


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
