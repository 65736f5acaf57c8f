"""Says what a demo leaves behind that is stopped in the middle."""

from hookline.local import emulator, stack


def state_of_the_stack() -> str:
    """The state of the local stack, and what to do next."""
    if stack.find() is not None:
        return "the local stack is up, and handles what was sent: 'hookline demo' starts anew, 'make down' stops it"
    if emulator.find(stack.STATE) is not None:
        return "the local stack is started in part: 'hookline up' completes it, 'make down' stops it"
    return "the local stack is not up"
