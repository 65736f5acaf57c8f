"""Who reaches the console: nobody without its session, and no page of another site."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from hookline.console.page import Page
from hookline.console.session import Session
from tests.unit.console.conftest import ORIGIN, SESSION

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=100)
FORM = {"token": SESSION.form_token, "note": "a note"}
FROM_HERE = {"Origin": ORIGIN}

Client = Callable[..., TestClient]


def test_the_printed_address_is_exchanged_for_a_cookie(own_page: Page, make_client: Client):
    """The cookie is for this host alone, no script reads it, and it is not the token."""
    client = make_client(entered=False)
    assert client.get("/own").status_code == 401
    entered = client.get(SESSION.address.removeprefix(ORIGIN))
    (cookie,) = entered.headers.get_list("set-cookie")
    assert cookie == f"hookline-console-4568={SESSION.secret}; Path=/; HttpOnly; SameSite=Strict"
    assert SESSION.token not in cookie + entered.text
    assert client.get("/own").status_code == 200


@pytest.mark.parametrize("query", ["", "?token=", "?token=another", "?token=the%20token", "?toke=x"])
def test_another_token_enters_nothing(own_page: Page, make_client: Client, query: str):
    """Neither a missing one."""
    answer = make_client(entered=False).get(f"/enter{query}")
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4568", "127.0.0.1", "127.0.0.1:4569", "localhost.evil.example:4568", ""]
)
def test_a_name_that_resolves_to_loopback_is_refused(own_page: Page, make_client: Client, host: str):
    """DNS rebinding: the page's own name is the Host, even where the cookie would come along."""
    assert make_client().get("/own", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:4568", "localhost:4568"])
def test_both_names_of_loopback_are_this_console(own_page: Page, make_client: Client, host: str):
    """On its own port."""
    assert make_client().get("/own", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:4569", "http://localhost:4568"])
def test_a_request_of_another_origin_is_refused(
    own_page: Page, make_client: Client, acted: list[Mapping[str, str]], origin: str
):
    """Another port of this machine is another origin."""
    client = make_client()
    assert client.post("/own/do", data=FORM, headers={"Origin": origin}).status_code == 403
    assert client.get("/own", headers={"Origin": origin}).status_code == 403
    assert acted == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_site_began_is_refused(own_page: Page, make_client: Client, site: str):
    """Even a plain link or an image; only the entrance may be linked to."""
    client = make_client()
    for path in ("/", "/own", "/static/console.css", "/own/do"):
        assert client.get(path, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert client.get(SESSION.address, headers={"Sec-Fetch-Site": site}).status_code == 200


def test_an_act_needs_its_own_form(own_page: Page, make_client: Client, acted: list[Mapping[str, str]]):
    """The cookie alone, another token, no origin, or a body that is no form do nothing."""
    client = make_client()
    for form in ({}, {**FORM, "token": ""}, {**FORM, "token": "x"}, {**FORM, "token": SESSION.token}):
        assert client.post("/own/do", data=form, headers=FROM_HERE).status_code == 403
    assert client.post("/own/do", data=FORM).status_code == 403
    assert client.post("/own/do", json=FORM, headers=FROM_HERE).status_code == 403
    assert client.post("/own/do", data={**FORM, "large": "x" * 70_000}, headers=FROM_HERE).status_code == 403
    assert client.get("/own/do", params=FORM).status_code == 405
    assert acted == []


def test_an_act_without_the_session_is_refused(own_page: Page, make_client: Client, acted: list[Mapping[str, str]]):
    """With the right form, which only a page of the session has."""
    assert make_client(entered=False).post("/own/do", data=FORM, headers=FROM_HERE).status_code == 401
    assert acted == []


def test_an_act_is_done_once_and_said_once(own_page: Page, make_client: Client, acted: list[Mapping[str, str]]):
    """The answer goes on to a page, so a reload repeats nothing, and that page says it only once."""
    client = make_client()
    done = client.post("/own/do", data=FORM, headers=FROM_HERE)
    assert (done.status_code, acted) == (303, [{"note": "a note"}])
    assert done.headers["location"].startswith("/own?said=")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(own_page: Page, make_client: Client, method: str):
    """Nothing needs them."""
    assert make_client().request(method, "/own", headers=FROM_HERE).status_code == 405


@pytest.mark.parametrize("path", ["/own", "/nothing", "/enter", "/static/console.css", "/static/nothing"])
@pytest.mark.parametrize("entered", [True, False])
def test_every_answer_allows_no_inline_script_and_no_frame(
    own_page: Page, make_client: Client, path: str, entered: bool
):
    """Refusals too."""
    headers = make_client(entered=entered).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def test_a_file_beside_the_static_ones_is_not_served(own_page: Page, make_client: Client):
    """Only names in the folder, no paths."""
    client = make_client()
    for name in ("../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd"):
        assert client.get(f"/static/{name}").status_code == 404


@STABLE
@given(
    method=st.sampled_from(["GET", "HEAD", "POST"]),
    path=st.sampled_from(["/", "/own", "/enter", "//", "/static/x"]),
    headers=st.dictionaries(
        st.sampled_from(["host", "origin", "cookie", "sec-fetch-site"]),
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(["127.0.0.1:4568", ORIGIN, "none", "same-origin", "hookline-console-4568=", "null"]),
        ),
    ),
)
def test_without_the_cookie_nothing_but_the_entrance_is_reached(method: str, path: str, headers: dict[str, str]):
    """Whatever the headers are, and no header makes it fail."""
    refused = SESSION.refusal(method, path, headers)
    assert refused or (path == "/enter" and method in ("GET", "HEAD") and headers["host"] == "127.0.0.1:4568")


def test_each_session_has_secrets_of_its_own():
    """Of another console's cookie or form nothing follows for this one."""
    other = Session("another token", 4568)
    assert len({other.secret, other.form_token, SESSION.secret, SESSION.form_token}) == 4
    assert not SESSION.is_of_form(other.form_token)
