"""A review service on moto's DynamoDB, and its steps: ask, decide, make a link, use it."""

import pytest

from functions.core.events.bus import Bus
from functions.core.reviews.notices import Notices
from functions.core.reviews.review import review_id
from functions.core.reviews.schedules import Schedules
from functions.core.reviews.service import ReviewService
from functions.core.reviews.store import Reviews
from tests.unit.reviews.service.names import ADA, BOB, LINK_KEY, URL


class Client:
    """An AWS client that keeps its calls' arguments; `refuses` is raised instead."""

    def __init__(self):
        self.calls = []
        self.refuses = None

    def __getattr__(self, method):
        def call(**arguments):
            if self.refuses:
                raise self.refuses
            self.calls.append(arguments)
            return {}

        return call


@pytest.fixture
def scheduler():
    return Client()


@pytest.fixture
def sns():
    return Client()


@pytest.fixture
def reviews(dynamodb, table):
    return Reviews(dynamodb, table("reviews"))


@pytest.fixture
def make_service(reviews, eventbridge, make_audit, scheduler, sns, grant_key, clock, new_id):
    """A review service on the test's account."""

    def make(announces=False):
        return ReviewService(
            reviews,
            Bus(eventbridge, "hookline"),
            make_audit("service.reviews"),
            Schedules(scheduler, "hookline-reviews", "arn:clock", "arn:role"),
            Notices(sns, "arn:topic"),
            grant_keys=[grant_key],
            link_keys=[LINK_KEY],
            url=URL,
            clock=clock,
            new_id=new_id,
            announces=announces,
        )

    return make


@pytest.fixture
def service(make_service):
    return make_service()


@pytest.fixture
def asked(service, make_question):
    """Opens a review; fields of the question's data may be changed."""

    def ask(**changes):
        question = make_question(**changes)
        service.open(question)
        return review_id(question.id)

    return ask


@pytest.fixture
def decide(service, reviews):
    """Decides on what is shown."""

    def say(id, do, voter=ADA, note=""):
        shown = reviews.get(id)
        return service.decide(id, do, voter, note, shown.action_digest, shown.state_digest)

    return say


@pytest.fixture
def token(service):
    """The token of a link for eve, issued by bob."""
    return lambda id: service.link(id, "eve", BOB).removeprefix(f"{URL}/reviews/")


@pytest.fixture
def use(service):
    """Opens a link's page and sends its form."""

    def send(token, do="approve", **changes):
        review, form = service.behind(token)
        sent = {"form": form, "action": review.action_digest, "state": review.state_digest, **changes}
        return service.decide_by_link(token, sent["form"], do, "", sent["action"], sent["state"])

    return send
