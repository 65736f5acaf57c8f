"""What identifies a person: the address that they give, in one form however they write it. Pure.

What follows here is what most providers of mailboxes do. RFC 5321 would let each of them do otherwise.
"""

import re
from dataclasses import dataclass

# The characters of an address without quotes (RFC 5322, dot-atom), without the slash, which separates the parts of an
# entity, and without braces.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+=?^_`|~-]+(\.[a-z0-9!#$%&'*+=?^_`|~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LONGEST_LOCAL, LONGEST = 64, 254  # characters (RFC 5321, 4.5.3.1)

# Where most people have their mailbox; and other domains that look like one of them, and are no typo.
_FREQUENT: tuple[str, ...] = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "proton.me",
)
_FREQUENT += ("protonmail.com", "yahoo.co.uk", "hotmail.co.uk", "t-online.de")
_NO_TYPO = {"mail.com", "ymail.com", "email.com"}


@dataclass(frozen=True)
class Address:
    """An e-mail address in one form.

    `email` is in small letters: two addresses that differ in case alone are one. `mailbox` has no part after a plus
    either: ada+demo@example.com and ada@example.com are one person, but each gets mail at the address that was given.
    `meant` is the address at a frequent domain of which this one looks like a typo, "" if it does not. It is a
    question for the person, and never an address to write to.
    """

    email: str
    mailbox: str
    meant: str

    @property
    def entities(self) -> tuple[str, str]:
        """What a grant names of it: the address, which connectors act on, and the person, whatever their plus says."""
        return f"person:email/{self.email}", f"person:mailbox/{self.mailbox}"


def address_of(text: str | None) -> Address | None:
    """The address in `text`, None if it is none.

    Quoted local parts, slashes, and letters beyond ASCII are no address here: nothing acts on them.
    """
    local, at, domain = (text or "").strip().lower().rpartition("@")
    whole = f"{local}@{domain}"
    if not at or len(local) > LONGEST_LOCAL or len(whole) > LONGEST or not whole.isascii():
        return None
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    before, meant = local.partition("+")[0], _meant(domain)
    plain = before if _LOCAL.fullmatch(before) else local
    return Address(whole, f"{plain}@{domain}", f"{local}@{meant}" if meant else "")


def addresses(email: str) -> tuple[str, ...]:
    """An address, and that of the same mailbox without what follows a plus, if it is another one.

    Who said no under one of them said no: anybody can write an address with another part after a plus into a form.
    """
    address = address_of(email)
    return tuple(dict.fromkeys([email, address.mailbox])) if address else (email,)


def _meant(domain: str) -> str:
    """The frequent domain that `domain` is one slip of the fingers away from, "" if there is none."""
    if domain in _FREQUENT or domain in _NO_TYPO:
        return ""
    return next((known for known in _FREQUENT if _is_slip(domain, known)), "")


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, added or wrong, or two neighbours are swapped."""
    short, long = sorted((one, other), key=len)
    start = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    rest, more = short[start:], long[start:]
    if len(short) == len(long):
        return rest[1:] == more[1:] or (rest[:2] == more[1::-1] and rest[2:] == more[2:])
    return len(long) == len(short) + 1 and rest == more[1:]
