"""Makes a checkpoint now, instead of at the next full hour."""

import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.chain import Head
from functions.core.audit.checkpoint import regressed_chains
from functions.core.audit.checkpoint_bucket import Checkpoint
from hookline.operator.account import Account
from hookline.operator.audit import stored
from hookline.operator.errors import OperatorError
from infra import naming

SECONDS = 90.0  # longer than the service's timeout
PAUSE = 0.5


def checkpoint_now(account: Account, wait: Callable[[float], None] = time.sleep) -> tuple[Checkpoint, list[str]]:
    """The new checkpoint, and the identities whose chains do not extend their heads in the previous one.

    The service is invoked asynchronously, as by its schedule, so a failure raises the same alarm. Raises OperatorError
    if the service cannot be invoked or writes no checkpoint in time.
    """
    where = stored.bucket(account)
    service, before = naming.service("checkpoints"), where.last()
    try:
        account.client("lambda").invoke(FunctionName=service, InvocationType="Event", Payload="{}")
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the checkpoints service cannot be invoked: {error}") from None
    for _ in range(int(SECONDS / PAUSE)):
        now = where.last()
        if now and now["number"] > (before["number"] if before else 0):
            return now, regressed_chains(before, {name: Head(**head) for name, head in now["heads"].items()})
        wait(PAUSE)
    raise OperatorError(f"no checkpoint was written within {SECONDS:.0f} s: see the log of {service}")
