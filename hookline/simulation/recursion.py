"""Lambda's recursive loop detection, as AWS documents it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html: a request carries a count of the invocations
of each function that led to it, in the tracing header that the AWS SDK sends along. SQS, SNS, S3 and Lambda pass it
on; with another service in the loop, such as EventBridge, Lambda detects nothing. After about 16 invocations of a
function in one chain of requests, Lambda stops the next one, unless the function has `RecursiveLoop: Allow`.
"""

from collections.abc import Iterable, Mapping

MOST_INVOCATIONS = 16  # of a function in one chain; AWS says "approximately"

Lineage = Mapping[str, int]  # the invocations that led to a request, by function


class RecursiveLoop(Exception):
    """Lambda stopped the invocation of a function."""


def invoked(function: str, lineage: Lineage, allowed: bool) -> Lineage:
    """The lineage of what an invocation of `function` sends. Raises RecursiveLoop, unless loops are `allowed`."""
    times = lineage.get(function, 0) + 1
    if times > MOST_INVOCATIONS and not allowed:
        raise RecursiveLoop(f"{function} was invoked {MOST_INVOCATIONS} times in one chain of requests")
    return {**lineage, function: times}


def merged(lineages: Iterable[Lineage]) -> Lineage:
    """The lineage of a batch: AWS does not document it, so the most invocations of each function."""
    found: dict[str, int] = {}
    for lineage in lineages:
        for function, times in lineage.items():
            found[function] = max(times, found.get(function, 0))
    return found
