"""Times that people type."""

from datetime import UTC, datetime

from functions.core.platform.times import rfc3339
from hookline.operator.errors import OperatorError


def since_time(text: str) -> str:
    """The time of --since in the format of the records, "" for none. A time without an offset is in UTC.

    Raises OperatorError for what is not a time.
    """
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise OperatorError(f"--since {text!r} is not a time: write 2026-11-01 or 2026-11-01T12:00:00Z") from None
    if time is None:
        return ""
    return rfc3339((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
