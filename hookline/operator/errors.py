"""What the operator can mend."""


class OperatorError(Exception):
    """Something on this machine is missing or in the way; the message says what, and what to do."""
