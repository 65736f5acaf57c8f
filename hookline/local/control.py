"""The random secrets of a local stack: the token of its control routes, in a file that curl sends with `-H @FILE`,
and the access key of its account's root.
"""

import secrets
from pathlib import Path

from hookline.local.private_files import write_private

HEADER = "X-Hookline-Control"


def control_file(state: Path) -> Path:
    """The file with the header line; it is there once a server of the stack was started."""
    return state / "control"


def root_key(state: Path) -> str:
    """The access key of the emulator's root, both id and secret, generated at the first call.

    The emulator does not verify root's signature, so the id itself is the secret.
    """
    file = state / "root-key"
    if not file.is_file():
        write_private(file, f"ROOT{secrets.token_hex(20).upper()}\n")
    return file.read_text().strip()


def control_token(state: Path) -> str:
    """The stack's token, generated at the first call."""
    file = control_file(state)
    if not file.is_file():
        write_private(file, f"{HEADER}: {secrets.token_urlsafe(32)}\n")
    return file.read_text().strip().removeprefix(f"{HEADER}: ")
