"""Lambda's timeout of a function whose manifest declares its own seconds."""

from functions.core.manifests.checks import require

LAMBDA_SECONDS = 900  # Lambda's longest timeout
MARGIN_SECONDS = 10  # for what surrounds the manifest's seconds: tables, the audit trail and a cold start


def require_seconds(what: str, seconds: object) -> None:
    """Require a whole number of seconds from 1 whose timeout Lambda accepts."""
    longest = LAMBDA_SECONDS - MARGIN_SECONDS
    limits = f"a whole number from 1 to {longest} (Lambda's {LAMBDA_SECONDS}, less a margin of {MARGIN_SECONDS})"
    require(type(seconds) is int and 1 <= seconds <= longest, f"{what} seconds {seconds!r}: {limits}")


def timeout(seconds: int) -> int:
    """Lambda's timeout in seconds."""
    return seconds + MARGIN_SECONDS
