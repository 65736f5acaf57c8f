"""Fetches a provider's published list of addresses."""

import json
from typing import Any

import urllib3

from functions.core.ingress.addresses import networks
from functions.core.manifests.source import PublishedAddresses
from functions.core.platform.errors import RetryableError
from functions.core.platform.paths import at
from functions.core.platform.public_https import read_body
from functions.core.platform.times import Clock

MAX_BYTES = 2_000_000
SECONDS = 10.0


def fetch(pool: urllib3.PoolManager, published: PublishedAddresses, clock: Clock) -> list[str]:
    """The checked blocks of a published list.

    Raises RetryableError if the list cannot be fetched or is not a list of addresses; the caller then continues with
    the last valid one.
    """
    ends = clock() + SECONDS
    try:
        answer = pool.request("GET", published.url, redirect=False, timeout=SECONDS, preload_content=False)
        content = read_body(answer, MAX_BYTES, ends, clock)
    except urllib3.exceptions.HTTPError as error:
        raise RetryableError(f"{published.url} did not answer: {error}") from None
    if answer.status != 200 or len(content) > MAX_BYTES:
        raise RetryableError(f"{published.url} answered {answer.status} with {len(content)} bytes")
    return [str(network) for network in networks(_list(content, published.path))]


def _list(content: bytes, path: str) -> list[Any]:
    try:
        value = at(json.loads(content), path)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise RetryableError(f"the answer has no list at {path!r}")
    return value
