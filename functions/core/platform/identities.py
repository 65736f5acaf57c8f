"""How identities and their functions are named: `agent.fraud` is the function hookline-agent-fraud.

In a stage `dev` it is dev-hookline-agent-fraud. The stage comes first, so that no pattern or prefix of one stage
matches a name of another. Operators are people with roles of their own; on the audit trail they are one identity.
"""

import os
import re

from functions.core.platform.stage import VARIABLE, check_stage

STAGE = check_stage(os.environ.get(VARIABLE, ""))
PREFIX = f"{STAGE}-hookline" if STAGE else "hookline"
OPERATOR = "operator"
# The alias of what the reconcile service alone may invoke. No agent can have the name: it holds a hyphen.
RECONCILE = "service-reconcile"
_OURS = re.compile(r"(?:[a-z][a-z0-9]*-)?hookline-.+")
_KINDS = {"webhook": "verifier-", "agent": "agent-", "connector": "connector-", "service": ""}


def alias_of(function_arn: str) -> str:
    """The alias in arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS, the ARN that was invoked; "" if it has none."""
    parts = function_arn.split(":")
    return parts[7] if len(parts) == 8 else ""


def is_ours(name: str) -> bool:
    """Whether a function or a role of this name belongs to Hookline, in any stage."""
    return _OURS.fullmatch(name) is not None


def function_name(identity: str) -> str:
    """The name of an identity's function. Raises ValueError if it is not an identity."""
    kind, _, name = identity.partition(".")
    if kind not in _KINDS or not name:
        raise ValueError(f"{identity!r} is not an identity")
    return f"{PREFIX}-{_KINDS[kind]}{name.replace('_', '-') if kind == 'service' else name}"


def identity_of(function: str) -> str:
    """The identity of a function of this stage by its name, the inverse of `function_name`."""
    name = function.removeprefix(f"{PREFIX}-")
    for kind, prefix in _KINDS.items():
        if prefix and name.startswith(prefix):
            return f"{kind}.{name.removeprefix(prefix)}"
    return f"service.{name.replace('-', '_')}"
