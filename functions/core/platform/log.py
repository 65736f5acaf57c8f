"""The log of every function: one JSON object a line, in CloudWatch."""

import traceback

from aws_lambda_powertools import Logger

log = Logger(service="hookline", utc=True)


def place(error: Exception) -> str:
    """What went wrong and where, "KeyError at agents/watch/agent.py:5", without its message.

    That may quote what came from outside.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('functions/')[2]}:{last.lineno}"
