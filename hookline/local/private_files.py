"""Files of secrets in the state folder."""

from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Write a file that only this user can read, whatever mode it had before."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)
