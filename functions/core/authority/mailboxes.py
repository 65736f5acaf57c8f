"""The digest of an e-mail address: what two providers' entities are compared by, without keeping the address. Pure."""

import re

from functions.core.platform.canonical import digest

LONGEST = 254  # RFC 5321, 4.5.3.1.3
# ASCII alone: other letters can look like these, and lower case is not one rule for all of them.
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,253}")


def digest_of(address: object) -> str:
    """The digest of the address, independent of case; "" for text that is not a plain address.

    Nothing else is made equal: "ada+shop@example.com" is another address than "ada@example.com".
    """
    if not isinstance(address, str) or len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        return ""
    return digest(["mailbox", address.lower()])
