"""The bodies bucket: bodies that are too large for an event, and the quarantine of signed but unreadable ones."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from functions.core.platform.canonical import digest


@dataclass(frozen=True)
class Quarantined:
    """A signed delivery that was not published, and why; `headers` are those that are needed to read it again.

    `signed_id` is the delivery id that its signature covers, `delivery_id` another that identifies it or tells it from
    `copy_of`: the event that it was taken for a copy of, "" if it could not be read.
    """

    reason: str
    headers: Mapping[str, str]
    signed_id: str | None
    body: bytes
    delivery_id: str | None = None
    copy_of: str = ""


def event_key(id: str) -> str:
    """The key of the body of the raw event `id`."""
    return f"events/{id}.json"


class Bodies:
    """Bodies of deliveries in the S3 bucket `bucket`."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def keep(self, id: str, body: Any) -> str:
        """Store the body of the raw event `id` and return its address, s3://bucket/key."""
        return self._put(event_key(id), body)

    def quarantine(self, source: str, kept: Quarantined, name: str = "") -> str:
        """Store a signed delivery for the operator and return its address.

        The key, with `name` before it, depends on everything that is needed to read the delivery again: a sender that
        repeats it does not fill the bucket, and a false header or another id does not replace what was kept first.
        """
        content = {**asdict(kept), "body": base64.b64encode(kept.body).decode()}
        key = digest({name: value for name, value in content.items() if name != "reason"})
        return self._put(f"unreadable/{source}/{name}{key}.json", content)

    def quarantined(self, key: str) -> Quarantined:
        """The quarantined delivery at `key`."""
        kept = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        known = {field.name: kept[field.name] for field in fields(Quarantined) if field.name in kept}
        return Quarantined(**{**known, "body": base64.b64decode(kept["body"])})

    def drop(self, key: str) -> None:
        """Delete the quarantined delivery at `key`, after it was read."""
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _put(self, key: str, content: Any) -> str:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(content, ensure_ascii=False).encode())
        return f"s3://{self._bucket}/{key}"
