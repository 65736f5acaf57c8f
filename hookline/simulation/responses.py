"""A provider's response as the gate reads it from urllib3."""

from collections.abc import Mapping


class Response:
    """A response that is read once; `body` is all of it."""

    connection = None

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers = dict(headers or {})
        self._rest = self.body = body

    def read1(self, amount: int, decode_content: bool) -> bytes:
        """The next bytes."""
        content, self._rest = self._rest[:amount], self._rest[amount:]
        return content

    def close(self) -> None:
        """Nothing is open."""

    release_conn = close
