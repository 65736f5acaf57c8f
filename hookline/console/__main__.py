"""`python -m hookline.console --state FOLDER --port N`: the console of a local stack, with the token on standard input.

It prints its address once it listens. `hookline.local.console_process` starts it.
"""

import argparse
import sys
from pathlib import Path

from hookline.console.serve import listening, serve
from hookline.console.session import Session
from hookline.local import stack
from hookline.local.stack import LocalStack
from hookline.operator.errors import OperatorError
from hookline.operator.found_account import Found


def main() -> None:
    """Listen, print the address, and serve until a signal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    listens = listening(given.port, free=True)
    session = Session(sys.stdin.readline().strip(), listens.getsockname()[1])
    print(session.address, flush=True)
    sys.stdout.close()  # who started it waits for the end of its output
    sys.stdout = sys.stderr

    def found() -> LocalStack:
        if (running := stack.find(given.state)) is None:
            raise OperatorError("the local stack is not up: run 'hookline up'")
        return running

    serve(Found(found), session, listens)


if __name__ == "__main__":
    main()
