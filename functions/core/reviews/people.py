"""The voter that an AWS principal is."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from functions.core.platform.identities import is_ours
from functions.core.reviews.review import Refused, Voter

_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(root|user/.+|assumed-role/([^/]+)/([^/]+))")
# IAM Identity Center names a session after its user; the session name of other roles is the caller's choice.
_OF_IDENTITY_CENTER = "AWSReservedSSO_"


def voter(arn: str, account: str, patterns: Sequence[str] = ()) -> Voter:
    """The voter that a proven principal is. `patterns` are ARNs that may decide, with * for any text; by default all.

    Sessions of one role are one person, except those of IAM Identity Center. Raises Refused for principals of another
    account, for Hookline's functions, and for federated users, who choose their own names.
    """
    known = _PRINCIPAL.fullmatch(arn)
    if not known:
        raise Refused(f"{arn} cannot decide: only users and roles can")
    if known[1] != account:
        raise Refused(f"{arn} belongs to another account")
    role = known[3]
    if role and is_ours(role):
        raise Refused(f"{arn} is a function: only people decide")
    if patterns and not any(fnmatchcase(arn, pattern) for pattern in patterns):
        raise Refused(f"{arn} is not among those that may decide")
    if role and not role.startswith(_OF_IDENTITY_CENTER):
        return Voter(arn, (arn.rpartition("/")[0],))
    # A user may have several permission sets, each with a role of its own: the session names the user.
    return Voter(arn, (f"{_OF_IDENTITY_CENTER}/{known[4]}" if role else arn,))
