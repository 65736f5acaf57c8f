"""Serves the console on loopback, in this process, until it is stopped."""

import contextlib
import socket
import time
from collections.abc import Callable

import uvicorn

from hookline.console.app import build
from hookline.console.session import Session
from hookline.operator.account import Account
from hookline.operator.errors import OperatorError

HOST = "127.0.0.1"


def listening(port: int, free: bool = False) -> socket.socket:
    """A socket that listens on `port` of loopback; with `free`, on any port if that one is taken.

    Raises OperatorError if it is taken.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        if not free:
            made.close()
            raise OperatorError(
                f"port {port} is in use by another program: stop it, or set HOOKLINE_CONSOLE_PORT to a free one"
            ) from None
        made.bind((HOST, 0))
    made.listen(64)
    return made


def serve(account: Callable[[], Account], session: Session, listens: socket.socket) -> None:
    """Serve the console on a socket until a signal stops the process."""
    app = build(account, session, time.time)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # the addresses hold the token, and what people look for
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,  # live pages hold their connections
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listens])
