"""Virtual time: processes that wait for each other on a clock that jumps."""

import heapq
import itertools
import threading
from collections.abc import Callable


class Ended(BaseException):
    """The simulation is over, and no process goes on."""


class World:
    """Virtual time, in unix seconds. Processes are threads of which one runs at any moment.

    If all of them sleep, the clock jumps to when the first wakes, so a run is the same each time. `resumed` is called
    on the thread of a process each time before it goes on.
    """

    def __init__(self, now: float, resumed: Callable[[], None] = lambda: None) -> None:
        self.now = now
        self._resumed = resumed
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._paused = threading.Semaphore(0)
        self._own = threading.local()
        self._failed: list[BaseException] = []
        self._asleep: set[threading.Semaphore] = set()
        self._ended = False
        self._until = float("-inf")

    def __call__(self) -> float:
        return self.now

    def at(self, time: float, act: Callable[[], None]) -> None:
        """Call `act`, which does not sleep, at `time`."""
        heapq.heappush(self._due, (max(time, self.now), next(self._order), act))

    def start(self, process: Callable[[], None]) -> None:
        """Start a process now."""
        wakes = threading.Semaphore(0)

        def live() -> None:
            self._own.wakes = wakes
            try:
                self._wait()
                process()
            except Ended:
                pass
            except BaseException as error:  # noqa: BLE001 - raised where the world runs
                self._failed.append(error)
            self._paused.release()

        self._asleep.add(wakes)
        self.at(self.now, lambda: self._resume(wakes))
        threading.Thread(target=live, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        """Let the calling process sleep."""
        until = self.now + seconds
        if until <= self._until and not (self._due and self._due[0][0] <= until):
            self.now = until  # nothing else happens by then
            return
        wakes: threading.Semaphore = self._own.wakes
        self._asleep.add(wakes)
        self.at(until, lambda: self._resume(wakes))
        self._paused.release()
        self._wait()

    def run(self, until: float = float("inf"), ended: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until `until`, until nothing is left to happen, or until it has `ended`.

        Raises what a process raised.
        """
        self._until = until
        while self._due and self._due[0][0] <= until:
            self.now, _, act = heapq.heappop(self._due)
            act()
            if self._failed:
                raise self._failed.pop()
            if ended():
                return
        if until < float("inf"):
            self.now = until

    def end(self) -> None:
        """Let every process end."""
        self._ended = True
        for wakes in list(self._asleep):
            self._resume(wakes)

    def _resume(self, wakes: threading.Semaphore) -> None:
        self._asleep.discard(wakes)
        wakes.release()
        self._paused.acquire()

    def _wait(self) -> None:
        self._own.wakes.acquire()
        if self._ended:
            raise Ended
        self._resumed()
