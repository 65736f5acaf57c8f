"""The `hookline` command, also `python -m hookline`."""

import atexit
import gc
import signal
import sys
from typing import NoReturn

# The collector would look through what a command has read again and again, and once more at its end.
gc.set_threshold(500_000)
atexit.register(gc.freeze)

try:
    import click

    from functions.core.platform.errors import HooklineError
    from hookline.cli.lazy_group import LazyGroup
    from hookline.cli.output import echo
    from hookline.operator.errors import OperatorError, UnknownName
except KeyboardInterrupt:  # Ctrl-C before the command begins
    sys.exit("Aborted!")

EPILOG = "Start with 'hookline demo': it needs no AWS account and no Docker, and shows each step of an event."


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hookline")
def hookline() -> None:
    """Runs AI agents that listen instead of poll.

    A signed webhook is verified, becomes a typed event on the bus, waits in the queue of the agent that subscribes
    to it, and wakes that agent. On this machine the same stacks run on a local emulator of AWS, and sandboxes
    replace the providers.
    """


def main() -> None:
    """Run the command. An error that the operator can fix prints its lines and no traceback.

    The exit code is 2 for a wrong argument or an unknown name, and 1 for any other error and for Ctrl-C. A command that
    only Ctrl-C ends (`dev`, `logs --follow`) exits with 130, as shells expect.
    """
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while Python ends
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        hookline(prog_name="hookline")
    except KeyboardInterrupt:  # outside of what click handles
        sys.exit("Aborted!")
    except UnknownName as error:
        _end(str(error), 2)
    except (OperatorError, HooklineError) as error:
        _end(str(error))
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError  # slow to import, and rarely needed

        if not isinstance(error, BotoCoreError | ClientError):
            raise
        _end(f"AWS: {error}")
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, before)


def _interrupt(number: int, frame: object) -> None:
    """On Ctrl-C, end the command; another one ends the process without a word, even while it waits for threads."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def _end(why: str, code: int = 1) -> NoReturn:
    echo(*f"hookline: {why}".split("\n"), err=True)  # several findings are several lines
    sys.exit(code)


if __name__ == "__main__":
    main()
