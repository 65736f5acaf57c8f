"""The account that a server looks at, found anew for each request: the local stack can be another one by then."""

from collections.abc import Callable

from hookline.operator.account import Account


class Found:
    """The account that `find` finds; as long as it is the same, so are its clients, which threads share."""

    def __init__(self, find: Callable[[], Account]) -> None:
        self._find = find
        self._last: Account | None = None

    def __call__(self) -> Account:
        """The account. Raises the OperatorError of `find`, such as that the local stack is not up."""
        if (now := self._find()) != self._last:
            self._last = now
        return self._last
