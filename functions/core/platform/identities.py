"""How identities and their functions are named: `agent.fraud` is the function hookline-agent-fraud, and its role.

Operators are people with roles of their own; on the audit trail they are one identity together.
"""

PREFIX = "hookline"
OPERATOR = "operator"
_KINDS = {"webhook": "verifier-", "agent": "agent-", "connector": "connector-", "service": ""}


def function_name(identity: str) -> str:
    """The function, and the role, of an identity. Raises ValueError where it is none."""
    kind, _, name = identity.partition(".")
    if kind not in _KINDS or not name:
        raise ValueError(f"{identity!r} is no identity")
    return f"{PREFIX}-{_KINDS[kind]}{name.replace('_', '-') if kind == 'service' else name}"
