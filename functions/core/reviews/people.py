"""Who an AWS principal is, as far as deciding goes."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from functions.core.platform.identities import PREFIX
from functions.core.reviews.review import Refused, Voter

_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(root|user/.+|assumed-role/([^/]+)/([^/]+))")
# IAM Identity Center gives these their session's name, which is the user's; whoever assumes another role chooses it.
_OF_IDENTITY_CENTER = "AWSReservedSSO_"


def voter(arn: str, account: str, patterns: Sequence[str] = ()) -> Voter:
    """The voter that a proven principal is. `patterns` are the ARNs that may decide, with * for any text; none: all.

    Sessions of one role are one person, but for those of IAM Identity Center. Raises Refused for principals of another
    account, for the functions of Hookline, and for federated users, who choose their own names.
    """
    known = _PRINCIPAL.fullmatch(arn)
    if not known:
        raise Refused(f"{arn} cannot decide: only users and roles can")
    if known[1] != account:
        raise Refused(f"{arn} is of another account")
    role = known[3]
    if role and role.startswith(f"{PREFIX}-"):
        raise Refused(f"{arn} is a function: people decide, and nobody approves what they asked for")
    if patterns and not any(fnmatchcase(arn, pattern) for pattern in patterns):
        raise Refused(f"{arn} is not among those that may decide")
    if role and not role.startswith(_OF_IDENTITY_CENTER):
        return Voter(arn, (arn.rpartition("/")[0],))
    # One user may have several permission sets, each of which is a role: it is the session that names them.
    return Voter(arn, (f"{_OF_IDENTITY_CENTER}/{known[4]}" if role else arn,))
