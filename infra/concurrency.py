"""How many executions of Lambda at once a queue's consumer and a verifier may use, out of the account's quota. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

SMALLEST_QUOTA = 10  # of a new account, whose quota AWS raises with use or on request; others have 1,000 or more
UNRESERVED = 100  # AWS refuses reservations that leave less than this for the functions without one
# An event source mapping accepts no others.
LEAST, MOST = 2, 1000


def of_queue(quota: int) -> int:
    """The maximum concurrency of a queue's consumer: 2 % of the account's quota.

    It depends on no other queue, so a new agent changes nothing of the others.
    """
    return min(max(quota // 50, LEAST), MOST)


def of_verifier(quota: int, verifiers: int) -> int | None:
    """The reserved concurrency of each of `verifiers`, None if the account is too small to reserve any.

    It is 5 % of the quota, or less so that all verifiers together reserve half of it at most. It is the verifier's
    share, which no other function can use, and the most that a flood at its source can use.
    """
    if quota < 2 * UNRESERVED or verifiers == 0:
        return None
    share = min(quota // 20, quota // 2 // verifiers)
    return share if share >= LEAST else None
