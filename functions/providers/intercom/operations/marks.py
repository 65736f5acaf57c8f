"""The reference at the end of a message, by which it is found again. Pure.

Intercom keeps no field of ours with a message and accepts no idempotency key. A reference counts only in what the
token's own teammate wrote: everybody who reads it can copy it.
"""

import html
import re
from typing import Any

DIGITS = 16  # of the ledger's key, as in the connector's read-back
_MARK = re.compile(rf"\bRef: ([0-9a-f]{{{DIGITS}}})\s*\Z")


def marked(text: str, key: str) -> str:
    """The text as Intercom's HTML, with nothing of it read as markup, and the reference."""
    lines = html.escape(text.strip(), quote=False).replace("\r\n", "\n").split("\n")
    return "".join(f"<p>{line}</p>" for line in [*lines, f"Ref: {key[:DIGITS]}"])


def mark_of(plain: Any) -> str | None:
    """The reference at the end of a message in plain text, None without one."""
    found = _MARK.search(plain) if isinstance(plain, str) else None
    return found[1] if found else None
