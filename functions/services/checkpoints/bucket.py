"""The bucket that checkpoints are kept in; its object lock keeps even the account's root from removing one."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.core.canonical import canonical
from functions.core.checkpoint import object_key

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class Bucket:
    """The checkpoints in the S3 bucket `name`."""

    def __init__(self, s3: Any, name: str) -> None:
        self._s3 = s3
        self._name = name

    def last(self) -> dict[str, Any] | None:
        """The newest checkpoint, None before the first."""
        newest = self._s3.list_objects_v2(Bucket=self._name, MaxKeys=1).get("Contents", [])
        if not newest:
            return None
        return json.loads(self._s3.get_object(Bucket=self._name, Key=newest[0]["Key"])["Body"].read())

    def put(self, checkpoint: Mapping[str, Any]) -> bool:
        """Keep a checkpoint; False where another run has just written that number."""
        try:
            self._s3.put_object(
                Bucket=self._name,
                Key=object_key(checkpoint["number"]),
                Body=canonical(checkpoint),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in TAKEN:
                raise
            return False
        return True
