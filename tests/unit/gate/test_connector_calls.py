"""What a connector can declare of a provider's API: arguments, encodings, credentials, tenants, pages, answers."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from functions.api.sandbox import Hook, Request, Response, proceed
from functions.core.gate.answers import trimmed
from functions.core.gate.arguments import check_arguments
from functions.core.gate.credentials import check_credential, tenant_of
from functions.core.gate.encoding import encoded
from functions.core.gate.headers import next_link, retry_after
from functions.core.gate.installations import app_jwt
from functions.core.gate.outbound import Busy, OutcomeUnknown, Provider, Refused
from functions.core.manifests.arguments import Flag, ListOf, Object, Text
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import AwsRole, Basic, Bearer, GitHubApp, Header
from functions.core.manifests.operation import Operation
from functions.core.manifests.paging import LastId, NextCursor, NextLink, Paging
from functions.core.platform.errors import ConfigurationError, ManifestError, PermanentError
from functions.core.platform.public_https import public_https
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

NOW = 1_790_000_000.0
COMMENT = Object({"body": Text(longest=20), "public": Flag()}, needs=("body",))
TICKET = Operation(
    "ticket.update",
    kind="effect",
    entity="acme:ticket/{id}",
    method="PUT",
    path="/tickets/{id}.json",
    takes={"comment": COMMENT, "tags": ListOf(Text(longest=10), most=2), "priority": Text(choices=("low", "high"))},
    needs=("comment",),
    idempotency="natural",
)
LIST = Operation("ticket.list", kind="read", entity="acme:user/{user}", method="GET", path="/users/{user}/tickets")
ACME = ConnectorManifest(
    name="acme",
    owner="tests",
    operations=[TICKET, LIST],
    hosts=["api.acme.test"],
    base="https://api.acme.test/",
    credential=Header("X-Acme-Key"),
)


class Acme:
    """A provider that records what it is asked and answers with what it was given."""

    name = "acme"
    credential = ""
    destinations = ()

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Response] = []

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else Response.json(200, {"ok": True})

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        return Response.json(status, {})

    def control(self, method: str, path: str, body: bytes) -> Response:
        return Response.json(200, {})


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def call(acme: Acme) -> Iterator[Callable[..., Any]]:
    """Performs an operation of a connector, before the provider."""
    with SandboxServer([acme]) as server:

        def perform(
            operation: Operation,
            manifest: ConnectorManifest = ACME,
            secret: str = "key",  # noqa: S107 - made up
            **arguments: Any,
        ) -> Any:
            provider = at_sandbox(manifest, lambda: secret, server.urls["acme"], clock=lambda: NOW)
            return provider.call(operation, arguments, None, 5)

        yield perform


GOOD = {"id": "7", "comment": {"body": "hello"}}


def test_nested_arguments_are_sent_as_json(call, acme):
    call(TICKET, id="7", comment={"body": "hi", "public": True}, tags=["a"])
    (request,) = acme.asked
    assert (request.method, request.path) == ("PUT", "/tickets/7.json")
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"comment": {"body": "hi", "public": True}, "tags": ["a"]}


def test_nested_arguments_of_a_form_have_their_path_in_brackets():
    form = replace(TICKET, encoding="form")
    wire = encoded(form, {"id": "7", "comment": {"body": "a&b"}, "tags": ["x", "y"]})
    assert wire.body == b"comment%5Bbody%5D=a%26b&tags%5B0%5D=x&tags%5B1%5D=y"


def test_a_list_in_a_query_repeats_its_name():
    read = replace(LIST, takes={"state": ListOf(Text())})
    assert encoded(read, {"user": "u", "state": ["new", "open"]}).query == "?state=new&state=open"


def test_a_text_that_is_escaped_is_escaped_at_any_depth():
    noted = replace(TICKET, takes={"notes": ListOf(Object({"text": Text(escape="html")}))}, needs=())
    wire = encoded(noted, {"id": "7", "notes": [{"text": "<!channel> & co"}]})
    assert json.loads(wire.body) == {"notes": [{"text": "&lt;!channel&gt; &amp; co"}]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"comment": "hello"}, "comment is not an object"),
        ({"comment": {}}, "comment needs body"),
        ({"comment": {"body": 7}}, "comment.body is not a text"),
        ({"comment": {"body": "x" * 21}}, "comment.body has more than 20 characters"),
        ({"comment": {"body": "x", "html": "y"}}, "comment takes body, public and nothing else"),
        ({"comment": {"body": "x", "public": 1}}, "comment.public is not true or false"),
        ({"tags": ["a", "b", "c"]}, "tags is not a list of at most 2"),
        ({"tags": ["a", 7]}, r"tags\[1\] is not a text"),
        ({"tags": "ab"}, "tags is not a list"),
        ({"priority": "urgent"}, "priority is none of low, high"),
        ({"other": 1}, "does not take other"),
    ],
)
def test_an_argument_that_is_not_as_declared_is_refused_with_its_place(changes, said):
    with pytest.raises(PermanentError, match=said):
        check_arguments(TICKET, {**GOOD, **changes})


def test_arguments_as_declared_are_taken():
    check_arguments(TICKET, {**GOOD, "tags": ["a", "b"], "priority": "low"})


@pytest.mark.parametrize(
    ("takes", "said"),
    [
        ({"a": "text"}, "write one of"),
        ({"__entity": Text()}, "__entity"),
        ({"to": Text()}, "names a destination"),
        ({"a": ListOf(ListOf(ListOf(ListOf(ListOf(ListOf(Text()))))))}, "nested more than 5 deep"),
    ],
)
def test_arguments_that_cannot_be_are_refused_at_synth(takes, said):
    with pytest.raises(ManifestError, match=said):
        replace(TICKET, takes=takes, needs=())


@pytest.mark.parametrize(
    ("credential", "secret", "header", "sent"),
    [
        (Bearer(), "token", "authorization", "Bearer token"),
        (
            Basic(),
            "me@acme.test/token:key",
            "authorization",
            "Basic " + base64.b64encode(b"me@acme.test/token:key").decode(),
        ),
        (Header("X-Acme-Key"), " key ", "x-acme-key", "key"),
        (Header("Authorization", prefix="Token "), "key", "authorization", "Token key"),
    ],
    ids=["bearer", "basic", "header", "header with a prefix"],
)
def test_a_credential_is_presented_as_it_is_declared(call, acme, credential, secret, header, sent):
    call(TICKET, replace(ACME, credential=credential), secret, **GOOD)
    assert acme.asked[0].headers[header] == sent


@pytest.mark.parametrize(
    ("credential", "secret", "said"),
    [
        (Bearer(), "two words", "a token in printable ASCII"),
        (Bearer(), " ", "is blank"),
        (Basic(), "hush", "is not user:password"),
        (Header("X-Key"), "hush\nhush", "no header takes"),
        (GitHubApp(), "hush", "app_id"),
        (GitHubApp(), '{"app_id": 1, "private_key": "hush"}', "app_id"),
        (AwsRole(), "hush", "has no secret"),
        (None, "hush", "has no secret"),
    ],
)
def test_a_secret_that_does_not_look_like_the_credential_is_refused_and_not_quoted(credential, secret, said):
    read = replace(LIST, entity="acme:repository/{owner}/{repository}", path="/x")
    if isinstance(credential, GitHubApp):
        read = replace(read, permissions={"contents": "read"})
    manifest = replace(ACME, operations=[read], credential=credential)
    with pytest.raises(ConfigurationError, match=said) as refused:
        check_credential(manifest, secret)
    assert "hush" not in str(refused.value)


ZENDESK = replace(ACME, hosts=["{subdomain}.acme.test"], base="https://{subdomain}.acme.test/")


@pytest.mark.parametrize("subdomain", ["", "a.b", "evil.test/", "a@b", "-a", "a" * 64, "ä", None])
def test_a_tenant_that_is_no_part_of_a_host_name_is_refused(subdomain):
    with pytest.raises(ConfigurationError, match="subdomain is "):
        tenant_of(ZENDESK, {"subdomain": subdomain})


def test_a_tenants_host_is_called_and_no_other():
    assert tenant_of(ZENDESK, {"subdomain": "shop-1", "more": "x"}) == {"subdomain": "shop-1"}
    Provider(ZENDESK, lambda: "key", public_https(), lambda: NOW, tenant={"subdomain": "shop-1"})
    with pytest.raises(ConfigurationError):
        Provider(ZENDESK, lambda: "key", public_https(), lambda: NOW)


def pages(*bodies: Any, links: tuple[str, ...] = ()) -> list[Response]:
    headers = [{"Link": link} for link in links] + [{}] * len(bodies)
    return [Response.json(200, body, header) for body, header in zip(bodies, headers, strict=False)]


def test_pages_by_a_cursor_are_read_to_their_end(call, acme):
    paged = replace(LIST, paging=Paging(NextCursor("cursor", "meta.next"), items="tickets"))
    acme.answers = pages({"tickets": [1], "meta": {"next": "c 2"}}, {"tickets": [2], "meta": {"next": ""}})
    assert call(paged, user="u") == {"items": [1, 2], "complete": True}
    assert [request.query for request in acme.asked] == ["", "cursor=c+2"]


def test_pages_by_the_last_id_are_read_to_their_end(call, acme):
    paged = replace(LIST, paging=Paging(LastId("starting_after", "id", "has_more"), items="data"))
    acme.answers = pages({"data": [{"id": "a"}], "has_more": True}, {"data": [{"id": "b"}], "has_more": False})
    assert call(paged, user="u") == {"items": [{"id": "a"}, {"id": "b"}], "complete": True}
    assert acme.asked[1].query == "starting_after=a"


def test_reading_pages_stops_and_says_so(call, acme):
    paged = replace(LIST, paging=Paging(NextCursor("cursor", "next"), items="tickets", most=2))
    acme.answers = pages(*({"tickets": [number], "next": str(number)} for number in range(5)))
    assert call(paged, user="u") == {"items": [0, 1], "complete": False}
    assert len(acme.asked) == 2


def test_a_next_page_on_another_host_is_refused(call, acme):
    """It would get the credential."""
    paged = replace(LIST, paging=Paging(NextLink()))
    acme.answers = pages([1], links=('<https://evil.test/next>; rel="next"',))
    with pytest.raises(Refused, match="another host"):
        call(paged, user="u")


def test_a_page_without_a_list_leaves_the_outcome_unknown(call, acme):
    paged = replace(LIST, paging=Paging(NextLink(), items="tickets"))
    acme.answers = pages({"tickets": "none"})
    with pytest.raises(OutcomeUnknown):
        call(paged, user="u")


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ('<https://a.test/2>; rel="next", <https://a.test/9>; rel="last"', "https://a.test/2"),
        ('<https://a.test/1>; rel="prev"', ""),
        ("<https://a.test/2>; rel=next", "https://a.test/2"),
        ("", ""),
        ("<" * 5000, ""),
    ],
)
def test_the_next_link_of_a_header_is_found(header, url):
    assert next_link(header) == url


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 21 Sep 2026 14:14:30 GMT", 70.0),
        ("Mon, 21 Sep 2026 14:12:20 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("soon", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after({"Retry-After": value}, NOW) == seconds


def test_a_busy_provider_that_gives_a_date_is_waited_for(call, acme):
    acme.answers = [Response.json(429, {}, {"Retry-After": "Mon, 21 Sep 2026 14:14:30 GMT"})]
    with pytest.raises(Busy) as busy:
        call(TICKET, **GOOD)
    assert busy.value.retry_after == 70.0


def test_an_answer_is_cut_to_what_the_operation_keeps():
    answer = {"id": 1, "user": {"login": "ada", "mail": "x"}, "labels": [{"name": "a", "color": "c"}], "body": "long"}
    kept = {"id": 1, "user": {"login": "ada"}, "labels": [{"name": "a"}]}
    assert trimmed(answer, ["id", "user.login", "labels.name", "gone"]) == kept
    assert trimmed(answer, []) == answer


def test_an_empty_answer_of_a_204_is_none(call, acme):
    acme.answers = [Response(204, b"")]
    assert call(TICKET, **GOOD) is None


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
APP = json.dumps({"app_id": 12345, "private_key": PEM})
MERGE = Operation(
    "pull.read",
    kind="read",
    entity="github:pull_request/{owner}/{repository}/{number}",
    method="GET",
    path="/repos/{owner}/{repository}/pulls/{number}",
    permissions={"pull_requests": "read"},
)
GITHUB = replace(ACME, operations=[MERGE], credential=GitHubApp())
PULL = {"owner": "octo-org", "repository": "hello", "number": "7"}


def part(segment: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def test_a_github_app_speaks_for_itself_with_a_signed_jwt():
    header, claims, signature = app_jwt("12345", PEM, NOW).split(".")
    assert part(header) == {"alg": "RS256", "typ": "JWT"}
    assert part(claims) == {"iat": int(NOW) - 60, "exp": int(NOW) + 540, "iss": "12345"}
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    KEY.public_key().verify(raw, f"{header}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_github_app_calls_with_a_token_for_one_repository_and_its_permissions(call, acme):
    token = {"token": "ghs_short", "expires_at": "2026-09-21T15:13:20Z"}
    acme.answers = pages({"id": 99}, token, {"number": 7})
    assert call(MERGE, GITHUB, APP, **PULL) == {"number": 7}
    found, asked, called = acme.asked
    assert found.path == "/repos/octo-org/hello/installation"
    assert (asked.method, asked.path) == ("POST", "/app/installations/99/access_tokens")
    assert json.loads(asked.body) == {"repositories": ["hello"], "permissions": {"pull_requests": "read"}}
    assert found.headers["authorization"].count(".") == 2
    assert called.headers["authorization"] == "Bearer ghs_short"


def test_a_github_app_finds_a_repository_by_its_id_whatever_its_name_is(call, acme):
    by_id = replace(MERGE, entity="github:pull_request/{repository}/{number}", path="/repositories/{repository}")
    github = replace(GITHUB, operations=[by_id], credential=GitHubApp(id="repository"))
    acme.answers = pages({"id": 99}, {"token": "ghs_short", "expires_at": "2026-09-21T15:13:20Z"}, {"number": 7})
    assert call(by_id, github, APP, repository="1296269", number="7") == {"number": 7}
    found, asked, _ = acme.asked
    assert found.path == "/repositories/1296269/installation"
    assert json.loads(asked.body)["repository_ids"] == [1296269]
    with pytest.raises(PermanentError, match="a repository's id is a number"):
        call(by_id, github, APP, repository="octo-org", number="7")


def test_a_github_apps_token_is_kept_until_it_expires(acme):
    token = {"token": "ghs_short", "expires_at": "2026-09-21T14:20:00Z"}
    clock = [NOW]
    with SandboxServer([acme]) as server:
        provider = at_sandbox(GITHUB, lambda: APP, server.urls["acme"], clock=lambda: clock[0])
        acme.answers = pages({"id": 99}, token, {}, {}, {"id": 99}, token, {})
        for _ in range(2):
            provider.call(MERGE, PULL, None, 5)
        assert len(acme.asked) == 4
        clock[0] += 600
        provider.call(MERGE, PULL, None, 5)
    assert len(acme.asked) == 7


@pytest.mark.parametrize("answer", [{}, {"id": "99"}, {"id": True}, [], None])
def test_a_github_app_that_is_not_installed_is_refused(call, acme, answer):
    acme.answers = pages(answer)
    with pytest.raises(PermanentError, match="installation"):
        call(MERGE, GITHUB, APP, **PULL)


def test_a_github_apps_operation_declares_its_permissions_and_repository():
    with pytest.raises(ManifestError, match="declares no permissions"):
        replace(GITHUB, operations=[replace(MERGE, permissions={})])
    with pytest.raises(ManifestError, match="names no {owner}"):
        replace(GITHUB, operations=[replace(MERGE, entity="github:pull/{number}", path="/{number}")])
    with pytest.raises(ManifestError, match="only a GitHub App"):
        replace(ACME, operations=[replace(LIST, permissions={"contents": "read"})])


@pytest.mark.parametrize("name", ["budget", "perform", "propose"])
def test_a_connector_whose_name_would_hide_a_part_of_the_tools_is_refused(name):
    with pytest.raises(ManifestError, match=f"tools.{name}"):
        replace(ACME, name=name)
