"""A guard around the code of a candidate: it reaches no network, starts no process and writes no file.

The process has no credentials either, so this is the second guard, and neither is a wall against code that sets out to
break it. https://docs.python.org/3/library/audit_events.html
"""

import os
import sys
from typing import Any

_REFUSED = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.kill"),
    *("ctypes.dlopen", "ctypes.dlsym"),
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def shut() -> None:
    """From now on, this process refuses what would leave it, with a PermissionError. It cannot be undone."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _REFUSED or (event == "open" and _writes(*arguments)):
        raise PermissionError(f"what-if runs without effects: {event} is refused")


def _writes(path: object, mode: object, flags: object) -> bool:
    by_mode = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
    by_flags = isinstance(flags, int) and bool(flags & _WRITES)
    return not isinstance(path, int) and (by_mode or by_flags)
