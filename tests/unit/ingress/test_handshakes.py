"""Handshakes: what sources that ask before they send receive, and what nobody receives."""

import hashlib
import hmac
import importlib
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingress.delivery import Delivery, Handshake
from functions.core.platform.errors import MalformedSignature, SignatureMismatch, UnreadableBody, WebhookRejected
from hookline.testing import fixtures
from hookline.testing.signing import sign, verify
from hookline.validation.discovery import FUNCTIONS

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=150)
SECRETS = {"current": "the newest", "previous": "an older one"}
TOKEN = "vërify me"

ASKING = sorted(path.parent.name for path in FUNCTIONS.glob("providers/*/handshake.py"))
slack, meta, zoom, graph = (
    importlib.import_module(f"functions.providers.{name}.handshake")
    for name in ("slack", "meta", "zoom", "microsoft_graph")
)


def posted(body: Any = b"", query: str = "", method: str = "POST") -> Delivery:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery(method, f"https://hooks.example.com/in{query}", {}, content, "192.0.2.1")


def test_five_sources_ask_and_two_of_them_sign_it() -> None:
    asking = {name: importlib.import_module(f"functions.providers.{name}.handshake").SIGNED for name in ASKING}
    assert asking == {"intercom": False, "slack": True, "zoom": True, "meta": False, "microsoft_graph": False}


@pytest.mark.parametrize("source", ASKING)
def test_an_ordinary_delivery_is_no_handshake(source: str) -> None:
    ask = importlib.import_module(f"functions.providers.{source}.handshake").answer
    names = fixtures.names(source)
    assert names
    for name in names:
        assert ask(posted(fixtures.load(source, name).body.encode()), SECRETS) is None


@pytest.mark.parametrize("source", ASKING)
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"[]", b"null", b"\xff", b'{"type":1,"event":[]}'])
def test_a_body_that_is_no_handshake_gets_no_answer(source: str, body: bytes) -> None:
    assert importlib.import_module(f"functions.providers.{source}.handshake").answer(posted(body), SECRETS) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["challenge", "payload", "plainToken"]) | st.text(max_size=5), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(
    body=st.binary(max_size=30) | st.builds(lambda b: json.dumps(b).encode(), anything),
    kind=st.sampled_from([{"type": "url_verification"}, {"event": "endpoint.url_validation"}, {}]),
    more=st.dictionaries(st.sampled_from(["challenge", "payload"]), anything),
    query=st.text(max_size=40)
    | st.sampled_from(["?hub.mode=subscribe&hub.verify_token=%ff", "?validationToken=%ff", "?&="]),
    method=st.sampled_from(["GET", "POST", "", "get"]),
    url=st.text(max_size=20) | st.just("http://["),
    secrets=st.just({"current": "x"}) | st.just({"current": "x", "verify_token": "\ud800"}),
)
@STABLE
def test_whatever_is_asked_is_answered_refused_or_passed_on(
    body: bytes, kind: dict[str, str], more: dict[str, Any], query: str, method: str, url: str, secrets: dict[str, str]
) -> None:
    for module in (slack, meta, zoom, graph):
        for content in (body, json.dumps({**kind, **more}).encode()):
            for where in (url, f"https://hooks.example.com/in{query}"):
                try:
                    answer = module.answer(Delivery(method, where, {}, content, "192.0.2.1"), secrets)
                except WebhookRejected:
                    continue
                assert answer is None or answer.content_type in ("text/plain", "application/json")


# Slack


def verification(**fields: Any) -> Delivery:
    return posted({"token": "Jhj5dZrVaK7ZwHHjRyZWjbDl", "type": "url_verification", **fields})


def test_slack_gets_its_challenge_back_as_text() -> None:
    asked = verification(challenge="3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")
    assert slack.answer(asked, SECRETS) == Handshake(
        "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "text/plain"
    )


@pytest.mark.parametrize("challenge", [None, 1, "", ["a"], {"a": 1}, "a\nb", "ü", "a\x00", "x" * 1001, True])
def test_slack_gets_nothing_back_that_is_no_challenge(challenge: Any) -> None:
    with pytest.raises(UnreadableBody):
        slack.answer(verification(challenge=challenge), SECRETS)
    with pytest.raises(UnreadableBody):
        slack.answer(verification(), SECRETS)


# Zoom


def validation(token: Any) -> Delivery:
    return posted({"payload": {"plainToken": token}, "event_ts": 1654503849680, "event": "endpoint.url_validation"})


def test_zoom_gets_its_token_back_with_an_hmac_under_the_newest_secret() -> None:
    answer = zoom.answer(validation("qgg8vlvZRS6UYooatFL8Aw"), SECRETS)
    proof = hmac.new(b"the newest", b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert answer and answer.content_type == "application/json"
    assert json.loads(answer.body) == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": proof}


@pytest.mark.parametrize("token", [None, 1, "", [], "v0:1700000000:{}", "a:b", "a b", "ü", "a\n", "x" * 201])
def test_zoom_gets_nothing_signed_that_could_pass_for_a_delivery(token: Any) -> None:
    """The key of the proof is the key of deliveries: an attacker who gets "v0:time:body" signed could forge them."""
    with pytest.raises(UnreadableBody):
        zoom.answer(validation(token), SECRETS)


@given(st.text(max_size=60), st.integers(0, 10**11))
@STABLE
def test_zooms_proof_never_verifies_as_a_signature(token: str, now: int) -> None:
    try:
        answer = zoom.answer(validation(token), {"current": "secret"})
    except UnreadableBody:
        return
    assert answer
    headers = {"x-zm-signature": f"v0={json.loads(answer.body)['encryptedToken']}", "x-zm-request-timestamp": str(now)}
    with pytest.raises(WebhookRejected):
        verify("zoom", method="POST", url="", headers=headers, body=token.encode(), secrets=["secret"], now=now)


@pytest.mark.parametrize("payload", [None, 1, "x", [], {}])
def test_zoom_without_a_payload_is_unreadable(payload: Any) -> None:
    with pytest.raises(UnreadableBody):
        zoom.answer(posted({"event": "endpoint.url_validation", "payload": payload}), SECRETS)


@pytest.mark.parametrize(("source", "asked"), [("slack", verification(challenge="c")), ("zoom", validation("t"))])
def test_what_is_asked_under_a_signature_verifies_like_any_delivery(source: str, asked: Delivery) -> None:
    request = {"method": "POST", "url": asked.url, "body": asked.body}
    headers = sign(source, headers={}, secret="s", now=1, **request)
    assert verify(source, headers=headers, secrets=["s"], now=1, **request)


# Meta


def subscribing(token: str = TOKEN, challenge: str = "1158201444", mode: str = "subscribe") -> Delivery:
    query = f"?hub.mode={quote(mode)}&hub.challenge={quote(challenge)}&hub.verify_token={quote(token)}"
    return posted(query=query, method="GET")


KEPT = {**SECRETS, "verify_token": TOKEN}


def test_meta_gets_its_challenge_back_for_our_token() -> None:
    assert meta.answer(subscribing(), KEPT) == Handshake("1158201444", "text/plain")


@pytest.mark.parametrize("token", ["another", TOKEN + " ", TOKEN.upper(), TOKEN[:-1], "the newest", "\x00"])
def test_meta_gets_nothing_for_another_token(token: str) -> None:
    with pytest.raises(SignatureMismatch):
        meta.answer(subscribing(token), KEPT)


@pytest.mark.parametrize("secrets", [{}, SECRETS, {"verify_token": ""}])
def test_meta_gets_nothing_where_no_token_is_kept(secrets: dict[str, str]) -> None:
    for token in (TOKEN, "the newest"):
        with pytest.raises(SignatureMismatch):
            meta.answer(subscribing(token), secrets)
    with pytest.raises(MalformedSignature):
        meta.answer(subscribing(""), secrets)


@pytest.mark.parametrize("challenge", ["", "12a", "-1", "1.5", "<b>1</b>", "١٢", "1\n", "9" * 101])
def test_meta_gets_nothing_reflected_but_digits(challenge: str) -> None:
    with pytest.raises(MalformedSignature):
        meta.answer(subscribing(challenge=challenge), KEPT)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?hub.mode=subscribe",
        "?hub.mode=subscribe&hub.challenge=1",
        f"?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={quote(TOKEN)}",
        f"?hub.challenge=1&hub.verify_token={quote(TOKEN)}",
        f"?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x&hub.verify_token={quote(TOKEN)}",
        f"?hub.mode=subscribe&hub.challenge=1&hub.challenge=2&hub.verify_token={quote(TOKEN)}",
        "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff",
        "?" + "&".join(f"a{number}=1" for number in range(50)),
    ],
)
def test_any_other_get_is_refused(query: str) -> None:
    with pytest.raises(MalformedSignature):
        meta.answer(posted(query=query, method="GET"), KEPT)


def test_metas_post_is_no_handshake_even_with_the_query_of_one() -> None:
    asked = subscribing()
    assert meta.answer(Delivery("POST", asked.url, {}, b"{}", asked.address), KEPT) is None


# Microsoft Graph

ASKED = "Validation: Testing client application reachability for subscription Request-Id: 1f2a"


@pytest.mark.parametrize("written", [quote(ASKED), quote_plus(ASKED)])
def test_graph_gets_its_token_back_decoded_as_text(written: str) -> None:
    assert graph.answer(posted(query=f"?validationToken={written}"), SECRETS) == Handshake(ASKED, "text/plain")


def test_graphs_token_is_decoded_once() -> None:
    answer = graph.answer(posted(query="?validationToken=%253Cb%253E"), SECRETS)
    assert answer == Handshake("%3Cb%3E", "text/plain")


@pytest.mark.parametrize(
    "query",
    [
        "?validationToken=",
        "?validationToken=%3Cscript%3Ealert(1)%3C/script%3E",
        "?validationToken=a%0d%0aSet-Cookie:%20a=b",
        "?validationToken=%C3%BC",
        "?validationToken=%ff",
        "?validationToken=a&validationToken=b",
        "?validationToken=" + "x" * 2001,
        "?validationToken=a" + "&b=1" * 50,
    ],
)
def test_graph_gets_no_markup_no_header_and_no_flood_reflected(query: str) -> None:
    with pytest.raises(MalformedSignature):
        graph.answer(posted(query=query), SECRETS)


@pytest.mark.parametrize(
    "delivery",
    [
        posted(b'{"value":[]}', "?validationToken=abc"),
        posted(b" ", "?validationToken=abc"),
        posted(query="?validationToken=abc", method="GET"),
        posted(query="?validationtoken=abc"),
        posted(query="?other=abc"),
        posted(),
    ],
)
def test_graph_is_only_answered_for_an_empty_post_with_a_token(delivery: Delivery) -> None:
    assert graph.answer(delivery, SECRETS) is None
