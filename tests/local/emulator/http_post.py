"""HTTP requests to the emulator, for those that boto3 does not send."""

import http.client

from hookline.local.emulator import HOST, Emulator


def send(emulator: Emulator, path: str, body: bytes | str, headers: dict[str, str]) -> tuple[int, bytes]:
    """POST to a path of the emulator; returns the status and the body of the response."""
    connection = http.client.HTTPConnection(HOST, emulator.port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
