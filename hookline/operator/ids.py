"""Ids that an operator types: a beginning is enough if only one id begins with it."""

from collections.abc import Mapping

from hookline.operator.errors import OperatorError

SHORTEST = 4  # characters, git's minimum
MOST_NAMED = 5


def complete(typed: str, known: Mapping[str, str], what: str) -> str | None:
    """The id that `typed` is, or the only one that begins with it, in any case; None if missing.

    `known` describes each id, `what` are all of them in the plural. Raises OperatorError if several begin with it.
    """
    if typed in known:
        return typed
    if len(typed) < SHORTEST:
        return None
    begin = sorted(id for id in known if id.lower().startswith(typed.lower()))
    if len(begin) > 1:
        named = ", ".join(f"{id} ({known[id]})" for id in begin[:MOST_NAMED])
        more = f" and {len(begin) - MOST_NAMED} more" if len(begin) > MOST_NAMED else ""
        raise OperatorError(f"{typed} is ambiguous, {len(begin)} {what} begin with it: {named}{more}")
    return next(iter(begin), None)
