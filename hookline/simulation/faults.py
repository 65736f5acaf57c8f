"""Faults that can be injected into a call."""

from collections.abc import Callable

import urllib3
from botocore.exceptions import ClientError, ReadTimeoutError

STALL_SECONDS = 12

# At any call: the process dies, or a second copy of its event is handled at that moment.
ANYWHERE = ("dies before", "dies after", "a copy before", "a copy after")
# The call is refused; done, and its answer lost; or late.
ERRORS = ("refused", "answer lost", "stalls")
# How a provider may treat a request that changes something.
PROVIDER_FAULTS = ("late", "fails", "acts and fails")
AT_THE_PROVIDER = (*PROVIDER_FAULTS, "dies as it is sent")

# The fault of the call with this number, counted from 0, and name; "" for none.
Faults = Callable[[int, str], str]


class Died(BaseException):
    """The process died. `except Exception` does not catch this."""


def refused(label: str) -> Exception:
    """The error of a call that was not done."""
    error: Exception
    if "provider" in label:
        error = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # nobody reads the pool
    else:
        error = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "refused"}}, label)
    return error


def answer_lost(label: str) -> Exception:
    """The error of a call that was done."""
    error: Exception
    if "provider" in label:
        error = urllib3.exceptions.ProtocolError("the connection broke")
    else:
        error = ReadTimeoutError(endpoint_url=label)
    return error
