"""Long reads of the console: each is done in a thread of its own, while the page asks how far it is."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from hookline.operator.audit.progress import Progress
from hookline.operator.errors import OperatorError

MOST = 20  # that are remembered


@dataclass
class Work:
    """A read: how many of so many records it has read, and what it found or how it failed, once it has ended."""

    id: str
    done: int = 0
    total: int = 0
    ended: bool = False
    found: Any = None
    error: Exception | None = None

    def result(self) -> Any:
        """What it found. Raises what it failed with."""
        if self.error:
            raise self.error
        return self.found


class Works:
    """The long reads of a console. The same one is not done twice at a time: who asks gets the one that is running."""

    def __init__(self) -> None:
        self._works: OrderedDict[str, tuple[str, Work]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, id: str) -> Work:
        """A read that was started. Raises OperatorError if it is not remembered."""
        with self._lock:
            if id not in self._works:
                raise OperatorError("this was started in another session of the console: start it again")
            return self._works[id][1]

    def started(self, what: str, read: Callable[[Progress], Any]) -> Work:
        """The running read of `what`, or a new one."""
        with self._lock:
            for name, work in self._works.values():
                if name == what and not work.ended:
                    return work
            work = Work(token_urlsafe(9))
            self._works[work.id] = (what, work)
            while len(self._works) > MOST:
                self._works.popitem(last=False)
        # A daemon: what only reads may be left when the console ends.
        threading.Thread(target=_do, args=(work, read), name=what, daemon=True).start()
        return work


def _do(work: Work, read: Callable[[Progress], Any]) -> None:
    def progress(done: int, total: int) -> None:
        work.done, work.total = done, total

    try:
        work.found = read(progress)
    except Exception as error:  # noqa: BLE001 - raised again where the page is rendered
        work.error = error
    work.ended = True
