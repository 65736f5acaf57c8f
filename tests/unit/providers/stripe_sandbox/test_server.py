"""The sandboxes over a socket: loopback only, bad HTTP, and faults as a client sees them."""

import contextlib
import json
import signal
import socket
import subprocess
import sys

import pytest
import urllib3

from functions.providers.stripe.sandbox import SANDBOX_API_KEY, Stripe
from hookline.local.sandbox_server import SandboxServer
from tests.unit.providers.stripe_sandbox.calls import APPROVE, BEARER, CONTROL, TOKEN, arm, post, state


@pytest.fixture
def server(stripe: Stripe):
    with SandboxServer([stripe], TOKEN) as serving:
        yield serving


@pytest.fixture
def http():
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield pool


def raw(server: SandboxServer, sent: bytes) -> bytes:
    """Returns what the server sends until it closes; HOST in `sent` is the server's own."""
    host, port = server.url.removeprefix("http://").split(":")
    sent = sent.replace(b"HOST", f"{host}:{port}".encode())
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
        return received


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "localhost", "10.0.0.1"])  # noqa: S104 - is refused
def test_it_binds_loopback_addresses_only(stripe, host):
    with pytest.raises(ValueError, match="loopback"):
        SandboxServer([stripe], host=host)


def test_the_first_page_says_that_it_is_a_sandbox(server, http):
    response = http.request("GET", server.url + "/")
    assert "not the real provider" in response.data.decode()
    assert response.headers["Hookline-Sandbox"] == "stripe"


def test_a_review_is_approved_over_http(server, http, stripe):
    headers = {"Authorization": f"Bearer {SANDBOX_API_KEY}", "Idempotency-Key": "k1"}
    first, second = (
        http.request_encode_body("POST", server.urls["stripe"] + APPROVE, headers=headers, encode_multipart=False)
        for _ in range(2)
    )
    assert (first.status, second.status, second.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert first.data == second.data
    assert first.headers["Hookline-Sandbox"] == "stripe"
    assert len(state(stripe)["effects"]) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example:4567"},
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_reaches_neither_provider_nor_control(server, http, stripe, headers):
    before = state(stripe)
    for path, secret in ((f"/stripe{APPROVE}", BEARER), ("/_sandbox/stripe/charges", CONTROL)):
        response = http.request("POST", server.url + path, body=b"[]", headers=secret | headers)
        assert (response.status, response.headers["Hookline-Sandbox"]) == (403, "stripe")
    assert state(stripe) == before


def test_a_body_over_1_mb_is_413_on_every_path(server, http):
    for path in ("/stripe/v1/refunds", "/_sandbox/faults"):
        response = http.request("POST", server.url + path, body=b"x" * (1024 * 1024 + 1))
        assert response.status == 413
        assert "error" in response.json()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Content-Length: x", b"400"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: 1\r\nContent-Length: 2", b"400"),
        (b"Transfer-Encoding: chunked", b"411"),
        (b"X-A: " + b"a" * 70_000, b"431"),
    ],
)
def test_a_request_whose_length_cannot_be_known_is_refused(server, header, status):
    received = raw(server, b"POST /stripe/v1/refunds HTTP/1.1\r\nHost: HOST\r\n" + header + b"\r\n\r\n")
    assert received.split()[1] == status
    assert b"Hookline-Sandbox: stripe" in received


def test_half_a_body_is_never_acted_on(server, stripe):
    sent = post("/v1/refunds", {"charge": "ch_1", "amount": "1000"})
    head = f"POST /stripe/v1/refunds HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer {SANDBOX_API_KEY}\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(sent.body)}\r\n\r\n"
    assert raw(server, head.encode() + sent.body[:-3]) == b""
    assert not state(stripe)["effects"]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"NONSENSE\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /stripe/\xff%zz?%00 HTTP/1.1\r\n\r\n",
        b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"",
    ],
)
def test_nonsense_on_the_wire_leaves_no_traceback_and_the_server_serving(server, http, capfd, sent):
    raw(server, sent)
    assert http.request("GET", server.url + "/").status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_fault_in_a_sandbox_is_a_labelled_500_and_no_traceback(server, http, stripe, capfd):
    del stripe.charges
    response = http.request("GET", server.urls["stripe"] + "/v1/charges/ch_1", headers=BEARER)
    assert (response.status, response.headers["Hookline-Sandbox"]) == (500, "stripe")
    assert http.request("GET", server.url + "/").status == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_folded_header_cannot_put_a_header_into_the_answer(server):
    received = raw(server, b"GET /stripe/v1/events HTTP/1.1\r\nHost: HOST\r\nStripe-Version: a\r\n\tEvil: b\r\n\r\n")
    assert b"\nEvil" not in received and b"\tEvil" not in received


@pytest.mark.parametrize(("fault", "effects"), [("reset", 0), ("after", 1)])
def test_a_dropped_connection_is_one_to_its_client_too(server, http, stripe, fault, effects):
    arm(server.sandbox, fault)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        http.request("POST", server.urls["stripe"] + APPROVE, headers=BEARER)
    assert len(state(stripe)["effects"]) == effects


def test_a_timed_out_request_never_acts_and_clearing_lets_it_go(server, http, stripe):
    arm(server.sandbox, "timeout")
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        http.request("POST", server.urls["stripe"] + APPROVE, headers=BEARER, timeout=0.1)
    assert http.request("DELETE", f"{server.url}/_sandbox/faults", headers=CONTROL).status == 200
    assert not state(stripe)["effects"]


def test_the_command_prints_its_addresses_and_stops_quietly_on_sigterm():
    command = [sys.executable, "-m", "hookline.local.serve_sandbox", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603 - our own
        listening = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=5)
    assert listening["sandbox"]["stripe"].startswith("http://127.0.0.1:")
    assert (process.returncode, said.count("\n")) == (0, 1)
    assert "sandbox" in said
