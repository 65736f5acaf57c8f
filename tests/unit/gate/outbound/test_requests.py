"""What a provider receives: address, path, query, body, headers and credential."""

import pytest

from functions.core.gate.outbound import Provider
from functions.core.manifests.arguments import Flag, Number
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.errors import ConfigurationError, PermanentError
from functions.core.platform.public_https import public_https
from hookline.testing.providers import at_sandbox
from tests.unit.gate.outbound.acme import ACME, ACT, READ


@pytest.mark.parametrize("hosts", [[], ["api.acme.test"]])
def test_a_provider_without_an_address_on_a_declared_host_is_refused(hosts):
    """At the cold start, before anything is handled."""
    manifest = ConnectorManifest(name="acme", owner="tests", operations=[READ], hosts=hosts)
    with pytest.raises(ConfigurationError, match="not on a host"):
        Provider(manifest, lambda: "token", public_https(), clock=lambda: 0.0)


def test_the_declared_address_is_taken():
    """Without a sandbox."""
    Provider(ACME, lambda: "token", public_https(), clock=lambda: 0.0)


@pytest.mark.parametrize(
    ("id", "path"),
    [
        ("1/act", "/things/1%2Fact"),
        ("../admin", "/things/..%2Fadmin"),
        ("1?limit=9", "/things/1%3Flimit%3D9"),
        ("1#x", "/things/1%23x"),
        ("a b%2F", "/things/a%20b%252F"),
        ("é", "/things/%C3%A9"),
        ("{thing}", "/things/%7Bthing%7D"),
    ],
)
def test_an_id_stays_one_segment_of_the_path(call, acme, id, path):
    """Whatever it holds, it cannot reach another path, query or operation."""
    call(READ, thing=id)
    assert [(request.path, request.query) for request in acme.asked] == [(path, "")]


@pytest.mark.parametrize("id", [".", ".."])
def test_an_id_of_dots_does_not_leave_its_folder(call, acme, id):
    """A path is made simpler on the way: `/things/..` would become `/`."""
    with pytest.raises(PermanentError):
        call(ACT, thing=id)
    assert acme.asked == []


def test_a_request_carries_what_the_manifest_declares(call, acme):
    """The version's header, the credential, and the key of an effect."""
    call(ACT, key="k" * 64, thing="1", note="a&b")
    asked = acme.asked[0]
    headers = {name: asked.headers.get(name) for name in ("acme-version", "authorization", "idempotency-key")}
    assert headers == {"acme-version": "7", "authorization": "Bearer token", "idempotency-key": "k" * 64}
    assert (asked.method, asked.body, asked.headers["content-type"]) == (
        "POST",
        b"note=a%26b",
        "application/x-www-form-urlencoded",
    )


def test_a_read_has_its_options_in_the_query_and_no_key(call, acme):
    """And no body."""
    call(READ, thing="1", limit="5&x=1")
    asked = acme.asked[0]
    assert (asked.method, asked.query, asked.body) == ("GET", "limit=5%26x%3D1", b"")
    assert "idempotency-key" not in asked.headers


def test_a_provider_without_a_credential_gets_no_authorization(acme, server):
    """What is not declared is not sent."""
    manifest = ConnectorManifest(
        name="acme", owner="tests", operations=[READ], hosts=["a.test"], base="https://a.test/"
    )
    at_sandbox(manifest, lambda: "token", server.urls["acme"]).call(READ, {"thing": "1"}, None, 5)
    assert "authorization" not in acme.asked[0].headers


def test_a_credential_that_cannot_be_sent_is_not_quoted(server):
    """A line break at its end, as a shell leaves it, is a configuration error and no reason to show the credential."""
    said = "sent without it"
    try:
        at_sandbox(ACME, lambda: "sk_hush\n", server.urls["acme"]).call(READ, {"thing": "1"}, None, 5)
    except Exception as error:  # noqa: BLE001 - whatever is raised ends up in the log
        said = f"{type(error).__name__}: {error}"
    assert "sk_hush" not in said


SEND = Operation(
    "thing.send",
    kind="effect",
    entity="acme:thing/{thing}",
    method="POST",
    path="/sent",
    takes={"amount": Number(), "now": Flag()},
    encoding="form",
    idempotency="key",
    sends={"metadata": {"mark": "{key}"}},
)


def test_an_id_that_the_path_does_not_hold_goes_into_the_body_with_the_mark(call, acme):
    """As forms have numbers and flags."""
    call(SEND, "key", thing="t 1", amount=5, now=True, metadata={"mark": "key"})
    assert (acme.asked[0].path, acme.asked[0].body) == ("/sent", b"thing=t+1&amount=5&now=true&metadata%5Bmark%5D=key")


def test_what_an_operation_always_sends_goes_along_with_a_read_too(call, acme):
    read = Operation(
        "thing.list", kind="read", entity="acme:thing/{thing}", method="GET", path="/things", sends={"limit": "5"}
    )
    call(read, thing="1")
    assert acme.asked[0].query == "thing=1&limit=5"


def test_an_id_that_the_path_of_a_read_does_not_hold_goes_into_the_query(call, acme):
    call(Operation("thing.list", kind="read", entity="acme:thing/{thing}", method="GET", path="/things"), thing="t/1")
    assert (acme.asked[0].path, acme.asked[0].query) == ("/things", "thing=t%2F1")


def test_a_credential_that_was_rotated_is_presented_from_then_on(acme, server):
    """The provider asks for it each time."""
    credentials = iter(["first", "second"])
    rotating = at_sandbox(ACME, lambda: next(credentials), server.urls["acme"])
    for _ in range(2):
        rotating.call(READ, {"thing": "1"}, None, 5)
    assert [request.headers["authorization"] for request in acme.asked] == ["Bearer first", "Bearer second"]
