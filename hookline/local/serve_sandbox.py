"""`python -m hookline.local.serve_sandbox --port N --state FOLDER` serves every sandbox provider on 127.0.0.1."""

import argparse
import json
import signal
import sys
import threading
import time
from pathlib import Path

from hookline.local.control import control_token
from hookline.local.sandbox_providers import sandbox_providers
from hookline.local.sandbox_server import LABEL, SandboxServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; prints one JSON line with each provider's base URL when listening.

    Returns the exit code, 1 if the port cannot be bound.
    """
    parser = argparse.ArgumentParser(prog="python -m hookline.local.serve_sandbox", description=LABEL)
    parser.add_argument("--port", type=_port, default=0, help="default: 0, any free port")
    parser.add_argument("--state", type=Path, help="has the control token; without it, the control interface is closed")
    options = parser.parse_args(arguments)
    port, control = options.port, control_token(options.state) if options.state else ""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        providers = [provider(time.time) for provider in sandbox_providers().values()]
        server = SandboxServer(providers, control, port=port)
    except OSError as error:
        print(f"sandbox: cannot listen on 127.0.0.1:{port}: {error.strerror}", file=sys.stderr)
        return 1
    with server:
        print(LABEL, file=sys.stderr, flush=True)
        print(json.dumps({"sandbox": server.urls}), flush=True)
        stop.wait()
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
