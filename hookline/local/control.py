"""The token of a local stack's control routes: random per stack, in a file that curl sends with `-H @FILE`."""

import secrets
from pathlib import Path

from hookline.local.private_files import write_private

HEADER = "X-Hookline-Control"


def control_file(state: Path) -> Path:
    """The file with the header line; it is there once a server of the stack was started."""
    return state / "control"


def control_token(state: Path) -> str:
    """The stack's token, generated at the first call."""
    file = control_file(state)
    if not file.is_file():
        write_private(file, f"{HEADER}: {secrets.token_urlsafe(32)}\n")
    return file.read_text().strip().removeprefix(f"{HEADER}: ")
