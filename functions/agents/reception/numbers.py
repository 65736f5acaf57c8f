"""Telephone numbers in one form, however a caller's side wrote them. Pure."""

import re

from functions.agents.reception.settings import Settings

SHORTEST = 8  # digits of a number that can be one of another country; a shorter one is an extension or a service


def international(number: str | None, settings: Settings) -> str | None:
    """The number as "+14155550100": E.164 with a plus; None stays None.

    Without a plus, it is one of another country after a prefix, or one as it is written in this country, or else has
    its country's code already. A short one stays as it is.
    """
    if number is None or number.startswith("+"):
        return number
    if prefix := next((one for one in settings.abroad if number.startswith(one)), ""):
        return f"+{number.removeprefix(prefix)}"
    if own := re.fullmatch(settings.national, number, re.ASCII):
        return f"+{settings.country}{own[1]}"
    return f"+{number}" if len(number) >= SHORTEST else number
