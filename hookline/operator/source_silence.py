"""How often each source usually speaks, and whether it is silent, as the silence service sees it."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.times import rfc3339
from functions.core.silence.deliveries import Heard, heard
from hookline.operator.account import Clients

NOT_READ = "CloudWatch cannot be read here"
NO_FIGURES = "CloudWatch has no deliveries of it"
UNKNOWN = "too little is known of its rhythm yet: two weeks and fifty deliveries are needed"


def of_sources(account: Clients, names: Sequence[str], now: float) -> dict[str, dict[str, Any]]:
    """The silence of each source, ready for JSON.

    `per_week` is how often it usually speaks, `silence` how unusual its silence is now: from 1 on it `is_silent`. Both
    are None if the rhythm is not known; then `why` says why. CloudWatch bills each source that is asked for.
    """
    try:
        found = heard(account.client("cloudwatch"), names, now) if names else {}
    except (ClientError, BotoCoreError):  # who looks may not read metrics
        return {name: _shown(Heard(), NOT_READ) for name in names}
    return {name: _shown(one, UNKNOWN if one.last else NO_FIGURES) for name, one in found.items()}


def _shown(one: Heard, why: str) -> dict[str, Any]:
    return {
        "last": rfc3339(one.last) if one.last else None,
        "per_week": round(one.rhythm.per_week, 1) if one.rhythm else None,
        "silence": round(one.silence, 2) if one.silence is not None else None,
        "is_silent": one.is_silent,
        "why": "" if one.rhythm else why,
    }
