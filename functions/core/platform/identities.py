"""How identities and their functions are named: `agent.fraud` is the function hookline-agent-fraud, and its role.

Operators are people with roles of their own; on the audit trail they are one identity.
"""

PREFIX = "hookline"
OPERATOR = "operator"
_KINDS = {"webhook": "verifier-", "agent": "agent-", "connector": "connector-", "service": ""}


def alias_of(function_arn: str) -> str:
    """The alias in arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS, the ARN that was invoked; "" if it has none."""
    parts = function_arn.split(":")
    return parts[7] if len(parts) == 8 else ""


def function_name(identity: str) -> str:
    """The name of the function and of the role of an identity. Raises ValueError if it is not an identity."""
    kind, _, name = identity.partition(".")
    if kind not in _KINDS or not name:
        raise ValueError(f"{identity!r} is not an identity")
    return f"{PREFIX}-{_KINDS[kind]}{name.replace('_', '-') if kind == 'service' else name}"
