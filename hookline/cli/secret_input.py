"""Reads a secret from a hidden prompt or a pipe, and never shows it."""

import sys

import click

from functions.core.ingress.signatures.keys import unquoted
from hookline.operator.errors import OperatorError


def asked(what: str) -> str:
    """The secret from a hidden prompt for `what`, or all of standard input if that is not a terminal.

    Raises OperatorError for input that is blank or not UTF-8.
    """
    if sys.stdin.isatty():
        text = click.prompt(what, hide_input=True)
    else:
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise OperatorError("standard input is not UTF-8 text") from None
    value = unwrapped(text)
    if not value:
        raise OperatorError("no secret was given: type it, or pass it on standard input")
    return value


def unwrapped(text: str) -> str:
    """A pasted secret without surrounding white space and one pair of quotes."""
    try:
        return unquoted(text)
    except ValueError:
        return ""
