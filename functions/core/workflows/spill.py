"""The older part of a run's record, in S3: what its item in DynamoDB has no room for."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.errors import RetryableError
from functions.core.workflows.state import Entry

NUMBER_DIGITS = 9  # so that the order of the keys is the order of the entries


def prefix(manager: str, run: str = "") -> str:
    """What the keys of a run's record begin with; without a run, those of all runs of a manager."""
    return f"runs/{manager}/{run}/" if run else f"runs/{manager}/"


class Spill:
    """Stores entries of the runs of `manager` in the S3 bucket `bucket`."""

    def __init__(self, s3: Any, bucket: str, manager: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._manager = manager

    def keep(self, run: str, kind: str, entries: Sequence[Entry]) -> None:
        """Store entries of a list of a run; the same entries again replace their object. Raises RetryableError."""
        key = f"{prefix(self._manager, run)}{kind}/{entries[0].number:0{NUMBER_DIGITS}}.json"
        body = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False).encode()
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the record of run {run} cannot be stored: {error}") from error
