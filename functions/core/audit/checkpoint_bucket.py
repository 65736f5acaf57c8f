"""The bucket that checkpoints are kept in; its object lock keeps even the account's root from removing one.

The lock lets nobody take away what is there, and nobody be kept from putting more there. So whatever lies here may be
anybody's, until its signature says otherwise.
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
# Somebody else's encryption, or an archive: the lock lets nobody do that to what we wrote.
UNREADABLE = ("AccessDenied", "InvalidRequest", "InvalidObjectState")

Checkpoint = dict[str, Any]


@dataclass(frozen=True)
class Version:
    """One version of an object; `number` is the checkpoint's that its key is for, None where it is for none."""

    key: str
    id: str
    size: int
    number: int | None


class Bucket:
    """The checkpoints in the S3 bucket `name`; `is_signed` says whether our key signed one."""

    def __init__(self, s3: Any, name: str, is_signed: Callable[[Checkpoint], bool]) -> None:
        self._s3 = s3
        self._name = name
        self.is_signed = is_signed

    def last(self) -> Checkpoint | None:
        """The newest checkpoint that our key signed, None before the first.

        Where there are checkpoints and our key signed none it is a new key: the newest of them counts, whoever signed
        it, whose number is no more than there are objects. Raises Unreadable where some cannot be read, and among the
        others is none that our key signed: to begin anew would be to forget what they say.
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
        """Keep a checkpoint; False where another run has just written that number.

        What lies in its place and is none of ours is left where it is: ours becomes a later version.
        """
        key, body = object_key(checkpoint["number"]), canonical(checkpoint)
        if len(body) > LARGEST:
            raise PermanentError(f"the checkpoint has {len(body)} bytes, {LARGEST} are read")
        if self._put(key, body, IfNoneMatch="*"):
            return True
        if self._first(key):
            return False
        self._put(key, body)
        return self._first(key) == checkpoint  # of two runs at once the first counts, for every reader

    def objects(self, prefix: str = "") -> Iterator[list[Version]]:
        """The versions of every object, the newest checkpoint's first, each object's in the order of their writing."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._name, Prefix=prefix)
        found = (one for page in pages for one in page.get("Versions", []))  # a key's newest version first
        for key, versions in groupby(found, key=lambda one: one["Key"]):
            number = number_in(key)
            yield [Version(key, one["VersionId"], one["Size"], number) for one in versions][::-1]

    def read(self, version: Version) -> Checkpoint | None:
        """The checkpoint that a version of an object is, None where it is none. Raises Unreadable."""
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
    """An object in the bucket can be listed, and not read."""
