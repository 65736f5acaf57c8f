"""An HTTPS pool that connects to public addresses only, whatever a name resolves to."""

import socket
from ipaddress import ip_address

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError


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


def read_at_most(answer: urllib3.BaseHTTPResponse, most: int) -> bytes:
    """The first `most` bytes of a body, and one more if it is longer; its connection is used again or closed.

    A connection with unread bytes must not be used again: they would be read as the answer to the next request.
    """
    content = answer.read(most + 1, decode_content=True)
    if len(content) > most:
        answer.close()
    else:
        answer.release_conn()
    return content


def public_https() -> urllib3.PoolManager:
    """A pool manager for https only, which retries nothing and follows no redirect by itself."""
    pools = urllib3.PoolManager(retries=False)
    pools.pool_classes_by_scheme = {"https": _PublicPool}
    return pools
