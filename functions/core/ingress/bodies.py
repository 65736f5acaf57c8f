"""The bodies bucket: bodies that are too large for an event, and the quarantine of signed but unreadable ones."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from functions.core.platform.canonical import digest


class Bodies:
    """Bodies of deliveries in the S3 bucket `bucket`."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def keep(self, id: str, body: Any) -> str:
        """Store the body of the raw event `id` and return its address, s3://bucket/key."""
        return self._put(f"events/{id}.json", body)

    def quarantine(
        self, source: str, body: bytes, headers: Mapping[str, str], signed_id: str | None, reason: str
    ) -> str:
        """Store a signed delivery that could not be read, for the operator, and return its address.

        The key depends on the bytes, so a sender that repeats them does not fill the bucket. `headers` are those
        that are needed to read it again, `signed_id` is the delivery id that its signature covers.
        """
        content = {"headers": dict(headers), "signed_id": signed_id, "body": base64.b64encode(body).decode()}
        kept = {"reason": reason, **content}
        return self._put(f"unreadable/{source}/{digest(body)}.json", kept)

    def quarantined(self, key: str) -> tuple[bytes, dict[str, str], str | None]:
        """The body, the headers and the signed delivery id of the quarantined delivery at `key`."""
        kept = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        return base64.b64decode(kept["body"]), kept["headers"], kept["signed_id"]

    def drop(self, key: str) -> None:
        """Delete the quarantined delivery at `key`, after it was read."""
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _put(self, key: str, content: Any) -> str:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(content, ensure_ascii=False).encode())
        return f"s3://{self._bucket}/{key}"
