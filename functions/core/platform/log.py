"""The log of every function: one JSON object a line, in CloudWatch.

Lines hold no payloads and no messages of unexpected errors, which may quote what came from outside.
"""

import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from aws_lambda_powertools import Logger

from functions.core.platform.errors import HooklineError
from functions.core.platform.platform import Handler

log = Logger(service="hookline", utc=True)

# Set in the environment of the local stack's processes, and in no template: tracebacks contain messages.
TRACEBACKS = "HOOKLINE_TRACEBACKS"
LONGEST_TRACEBACK = 20_000  # characters; its end says what went wrong


def place(error: Exception) -> str:
    """What went wrong and where, "KeyError at agents/watch/agent.py:5", without its message.

    That may quote what came from outside.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('functions/')[2]}:{last.lineno}"


def traceback_of(error: Exception, environ: Mapping[str, str]) -> dict[str, Any]:
    """The field `traceback` of a log line on the local stack, with the message of the error; {} anywhere else."""
    if not environ.get(TRACEBACKS):
        return {}
    return {"traceback": "".join(traceback.format_exception(error))[-LONGEST_TRACEBACK:]}


def handling(event: str, correlation: str) -> AbstractContextManager[None]:
    """Adds the ids of an event and of the first event of its tree to every line that is logged inside.

    A line about another event has that event's ids.
    """
    return log.append_context_keys(event=event, correlation=correlation)


def without_messages(handler: Handler, environ: Mapping[str, str]) -> Handler:
    """The handler; an unforeseen error that it raises becomes one that says only the kind and the place.

    Lambda writes the message of an error to the log, and that of an unforeseen one may quote what came from outside.
    """

    def invoke(payload: Any, context: Any) -> Any:
        try:
            return handler(payload, context)
        except HooklineError:
            raise
        except Exception as error:  # noqa: BLE001 - it is raised again, without its message
            log.error("failed", reason=place(error), **traceback_of(error, environ))
            raise RuntimeError(place(error)) from None

    return invoke
