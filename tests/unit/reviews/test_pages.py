"""The pages of review links: they show everything, run nothing, and decide nothing themselves."""

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from functions.core.platform.environment import ReviewLinksEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.reviews import page
from functions.core.reviews.opening import opened
from functions.core.reviews.shown import shown

SERVICE = "arn:aws:lambda:us-east-1:111122223333:function:hookline-reviews:links"
EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'\u202e"


class ReviewService:
    """A Lambda client whose function returns a given answer."""

    def __init__(self):
        self.answers, self.fails, self.asked = {}, False, []

    def invoke(self, FunctionName, Payload):
        assert FunctionName == SERVICE
        self.asked.append(json.loads(Payload))
        answer = {"Payload": io.BytesIO(json.dumps(self.answers).encode())}
        return {**answer, "FunctionError": "Unhandled"} if self.fails else answer


class Tags(HTMLParser):
    """Every tag of a page, and its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]


@pytest.fixture
def review(make_question, grant_key, clock):
    def make(**changes):
        return shown(opened(make_question(**changes), [grant_key], clock.now))

    return make


@pytest.fixture
def service(review):
    client = ReviewService()
    client.answers = {"review": review(), "form": "the form"}
    return client


@pytest.fixture
def browse(start, service):
    """Sends a request of the HTTP API to the pages' function."""
    handler = start("functions.core.reviews.handlers.links", ReviewLinksEnvironment(SERVICE), **{"lambda": service})

    def send(method="GET", link="a-link", body=None, encoded=True):
        request = {"pathParameters": {"token": link}, "requestContext": {"http": {"method": method}}}
        if body is not None:
            content = body if isinstance(body, bytes) else body.encode()
            request |= {"body": base64.b64encode(content).decode() if encoded else body}
            request |= {"isBase64Encoded": encoded}
        return handler(request, None)

    return send


FORM = {"form": "the form", "do": "approve", "note": "fine", "action": "a", "state": "s"}


def test_a_page_shows_the_action_the_state_what_the_agent_says_and_until_when(browse, review):
    """Everything that a person needs to decide."""
    body = browse()["body"]
    for part in ("stripe review.approve", "prv_Example", "open", "Zulässig?", "0.81", "2026-09-21T15:15:00"):
        assert part in body, part
    assert review()["agent_says"]["why"].replace("'", "&#x27;") in body


def test_looking_at_a_page_asks_the_service_to_show_and_nothing_else(browse, service):
    """Mail scanners follow every link."""
    assert browse()["statusCode"] == 200
    assert service.asked == [{"do": "show", "token": "a-link"}]


def test_a_form_is_handed_to_the_service_with_the_links_token(browse, service):
    """However API Gateway passes its body on."""
    for encoded in (True, False):
        assert browse("POST", body=urlencode(FORM), encoded=encoded)["statusCode"] == 200
    assert service.asked == [{**FORM, "token": "a-link"}] * 2


def test_the_form_of_a_page_holds_what_the_service_wants_back(browse, review):
    """What was shown, and that it was shown."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', browse()["body"]))
    digests = {"action": review()["action_digest"], "state": review()["state_digest"]}
    assert hidden == {"form": "the form", **digests}


@pytest.mark.parametrize(
    "body",
    ["", "do=show", "do=link", "do=approve&do=deny", "x" * 20_000, "%ff%fe", "&".join(f"a{n}=1" for n in range(50))],
)
def test_what_is_not_our_form_decides_nothing(browse, service, body):
    """The review service refuses what is left of it."""
    browse("POST", body=body)
    assert service.asked == [{"do": "", "token": "a-link"}]


def test_a_body_that_is_not_even_text_decides_nothing(browse, service):
    """Nor breaks anything."""
    browse("POST", body=b"do=approve&note=\xff")
    assert service.asked == [{"do": "", "token": "a-link"}]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_link_that_leads_nowhere_gets_the_same_answer(browse, service, method):
    """Used, over, forged or none: a stranger learns nothing."""
    service.answers = {}
    answer = browse(method, body=urlencode(FORM))
    assert (answer["statusCode"], answer["body"]) == (404, page.not_found())
    assert browse(method, link="x" * 5000, body="")["body"] == page.not_found()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_cannot_be_checked_yet_is_503(browse, service, method):
    """Its key may be newer than those that the review service knows."""
    service.answers = {"again": 7}
    answer = browse(method, body=urlencode(FORM))
    assert (answer["statusCode"], answer["body"]) == (503, page.again())


def test_a_service_that_fails_is_no_answer(browse, service):
    """The approver sees an error and tries again; nothing was decided."""
    service.fails = True
    with pytest.raises(RetryableError):
        browse()


def test_text_from_outside_stays_text(browse, service, review):
    """Not a tag, not an attribute, not a script more than on any other page."""
    evil = review(question=EVIL, why=EVIL, evidence={EVIL: EVIL}, action=None, proposal="")
    same = "x" * len(EVIL)
    plain = review(question=same, why=same, evidence={same: same}, action=None, proposal="")
    pages = {}
    for name, answer in (("evil", evil), ("plain", plain)):
        service.answers = {"review": answer, "form": "f"}
        pages[name] = Tags(browse()["body"])
    assert pages["evil"].found == pages["plain"].found
    assert "script" not in pages["evil"].found
    assert pages["evil"].attributes == [
        (tag, name, evil["id"] if value == plain["id"] else value) for tag, name, value in pages["plain"].attributes
    ]


def test_no_character_of_the_evidence_can_turn_the_page_around(browse, service, review):
    """It is spelled out."""
    service.answers = {"review": review(evidence={"x": EVIL}), "form": "f"}
    assert "\u202e" not in browse()["body"]


def test_a_page_runs_and_loads_nothing_and_is_kept_nowhere(browse):
    """Its own style is all that it may use."""
    answer = browse()
    policy = dict(part.strip().split(" ", 1) for part in answer["headers"]["content-security-policy"].split(";"))
    style = re.search("<style>(.*)</style>", answer["body"])[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert (answer["headers"]["referrer-policy"], answer["headers"]["cache-control"]) == ("no-referrer", "no-store")
    tags = Tags(answer["body"])
    assert not {"script", "link", "img", "iframe", "a"} & set(tags.found)
    assert not {"src", "href", "action", "style"} & {name for _, name, _ in tags.attributes}


@pytest.mark.parametrize(
    ("result", "words"), [("approved", "It is approved."), ("denied", "It is denied."), (None, "0 of 1 have approved")]
)
def test_the_page_after_a_decision_shows_its_result(browse, service, review, result, words):
    """Also where another person must approve too."""
    service.answers = {"review": {**review(), "decision": {"result": result} if result else None}}
    assert words in browse("POST", body=urlencode(FORM))["body"]


def test_the_page_of_any_question_that_is_kept_is_one_that_lambda_takes(make_question, grant_key, clock):
    """Six megabytes; evidence may be nested a hundred deep, and so indented to fifty times what it was."""
    deep: list = [1] * 90_000
    for _ in range(90):
        deep = [deep]
    review = opened(make_question(evidence={"deep": deep}), [grant_key], clock.now)
    assert len(page.question(shown(review), "form")) < 6_000_000
