"""The local stack that a command needs."""

from hookline.local import stack
from hookline.local.stack import LocalStack
from hookline.operator.errors import OperatorError


def running_stack(start: str = "hookline up") -> LocalStack:
    """The local stack. Raises OperatorError, with the command that starts it, if it is not up."""
    running = stack.find()
    if running is None:
        raise OperatorError(f"the local stack is not up: run '{start}' first")
    return running
