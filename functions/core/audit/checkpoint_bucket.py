"""The bucket of the checkpoints. Because of its object lock, not even the account's root can delete one.

The lock prevents no writes: any object here can be from anybody, unless its signature verifies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from functions.core.audit.checkpoint import LARGEST, number_in, object_key, read
from functions.core.platform.canonical import canonical
from functions.core.platform.errors import PermanentError

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
# An object with a foreign encryption key, or archived. The lock prevents both for our own checkpoints.
UNREADABLE = ("AccessDenied", "InvalidRequest", "InvalidObjectState")

Checkpoint = dict[str, Any]


@dataclass(frozen=True)
class Version:
    """One version of an object; `number` is the checkpoint number in its key, None if the key has none."""

    key: str
    id: str
    size: int
    number: int | None


class Bucket:
    """The checkpoints in the S3 bucket `name`; `is_signed` verifies a checkpoint's signature with our key."""

    def __init__(self, s3: Any, name: str, is_signed: Callable[[Checkpoint], bool]) -> None:
        self._s3 = s3
        self._name = name
        self.is_signed = is_signed

    def last(self) -> Checkpoint | None:
        """The newest checkpoint that our key signed, None if the bucket holds no checkpoint.

        If there are checkpoints and our key signed none of them, the key is new: then it is the newest one, by any
        signer, whose number is not above the number of objects. Raises Unreadable if our key signed none of the
        readable ones and others cannot be read: a new first checkpoint would ignore their heads.
        """
        numbers, unsigned, unreadable = 0, [], None
        for versions in self.objects():
            numbers += versions[0].number is not None
            for version in versions:
                try:
                    checkpoint = self.read(version)
                except Unreadable as error:
                    unreadable = error
                    continue
                if checkpoint and self.is_signed(checkpoint):
                    return checkpoint
                unsigned += [version] if checkpoint else []
        if unreadable:
            raise unreadable
        newest = next((version for version in unsigned if (version.number or 0) <= numbers), None)
        return self.read(newest) if newest else None

    def put(self, checkpoint: Checkpoint) -> bool:
        """Write a checkpoint; False if another run has written that number.

        A foreign object with the same key stays: ours becomes a later version of it.
        """
        key, body = object_key(checkpoint["number"]), canonical(checkpoint)
        if len(body) > LARGEST:
            raise PermanentError(f"the checkpoint has {len(body)} bytes, {LARGEST} are read")
        if self._put(key, body, IfNoneMatch="*"):
            return True
        if self._first(key):
            return False
        self._put(key, body)
        return self._first(key) == checkpoint  # of two concurrent runs the first counts, for every reader

    def objects(self, prefix: str = "") -> Iterator[list[Version]]:
        """The versions of every object, the newest checkpoint first; the versions of an object are oldest first."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._name, Prefix=prefix)
        found = (one for page in pages for one in page.get("Versions", []))  # newest version of a key first
        for key, versions in groupby(found, key=lambda one: one["Key"]):
            number = number_in(key)
            yield [Version(key, one["VersionId"], one["Size"], number) for one in versions][::-1]

    def read(self, version: Version) -> Checkpoint | None:
        """The checkpoint in a version of an object, None if it is not one. Raises Unreadable if S3 refuses the read."""
        if version.number is None or version.size > LARGEST:
            return None
        try:
            found = self._s3.get_object(Bucket=self._name, Key=version.key, VersionId=version.id)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in UNREADABLE and not code.startswith("KMS."):
                raise
            raise Unreadable(f"{version.key} in {self._name} cannot be read: {code}") from None
        return read(found["Body"].read(), version.number)

    def _first(self, key: str) -> Checkpoint | None:
        """The first version of an object that our key signed."""
        every = (version for versions in self.objects(key) for version in versions if version.key == key)
        for version in every:
            try:
                checkpoint = self.read(version)
            except Unreadable:
                continue
            if checkpoint and self.is_signed(checkpoint):
                return checkpoint
        return None

    def _put(self, key: str, body: bytes, **condition: str) -> bool:
        try:
            self._s3.put_object(Bucket=self._name, Key=key, Body=body, ContentType="application/json", **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in TAKEN:
                raise
            return False
        return True


class Unreadable(PermanentError):
    """An object in the bucket can be listed but not read."""
