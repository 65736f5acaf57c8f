"""An HTTPS pool that connects to public addresses only, whatever a name resolves to."""

import socket
from ipaddress import ip_address

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from functions.core.platform.times import Clock


class _PublicConnection(HTTPSConnection):
    """Checks the peer after connecting: what a name resolved to a moment ago proves nothing."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        peer = connected.getpeername()[0]
        if not ip_address(peer).is_global:
            connected.close()
            raise NewConnectionError(self, f"{self.host} resolves to {peer}, which is not a public address")
        return connected


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


def read_body(answer: urllib3.BaseHTTPResponse, most: int, ends: float, clock: Clock) -> bytes:
    """The first `most` bytes of a body, and one more if it is longer, read by `ends` on `clock`.

    urllib3's timeout is for each read from the socket: a body that arrives byte by byte would never end. A connection
    with unread bytes is closed: they would be read as the answer to the next request. Raises urllib3's errors.
    """
    content = b""
    try:
        while len(content) <= most:
            left = ends - clock()
            if left <= 0:
                raise ReadTimeoutError(None, None, "the body was not complete in time")  # type: ignore[arg-type]  # unread
            if sock := getattr(answer.connection, "sock", None):
                sock.settimeout(left)
            chunk = answer.read1(most + 1 - len(content), decode_content=True)
            if not chunk:
                answer.release_conn()
                return content
            content += chunk
    except BaseException:
        answer.close()
        raise
    answer.close()
    return content


def public_https() -> urllib3.PoolManager:
    """A pool manager for https only, which retries nothing and follows no redirect by itself."""
    pools = urllib3.PoolManager(retries=False)
    pools.pool_classes_by_scheme = {"https": _PublicPool}
    return pools
