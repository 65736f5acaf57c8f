"""Asks before something is lost."""

import sys
from collections.abc import Sequence

import click

from hookline.cli.output import echo
from hookline.operator.errors import OperatorError


def ask_to_lose(heading: str, lost: Sequence[str], question: str) -> None:
    """Ask whether to lose what is listed. Raises OperatorError if the answer is no, or nobody is there to ask."""
    echo(heading, *(f"  {line}" for line in lost))
    if not sys.stdin.isatty():
        raise OperatorError("nothing was done: decide on or redrive what waits, or use --yes to lose it")
    if not click.confirm(question):
        raise OperatorError("nothing was done")
