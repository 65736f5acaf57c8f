"""The bodies bucket: what is too large for an event, and what could not be read."""

import json
from typing import Any

from functions.core.audit import digest


class Bodies:
    """Bodies of deliveries in the S3 bucket `bucket`."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def keep(self, id: str, body: Any) -> str:
        """Store the body of the happening `id` and return its address, s3://bucket/key."""
        return self._put(f"events/{id}.json", json.dumps(body, ensure_ascii=False).encode())

    def set_aside(self, source: str, body: bytes, reason: str) -> str:
        """Store a signed delivery that could not be read, for the operator, and return its address.

        The key follows from the bytes, so a sender that repeats it does not fill the bucket.
        """
        return self._put(f"unreadable/{source}/{digest(body)}", body, {"reason": reason[:1000]})

    def _put(self, key: str, body: bytes, metadata: dict[str, str] | None = None) -> str:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, Metadata=metadata or {})
        return f"s3://{self._bucket}/{key}"
