"""A mistake in a test of an agent is one line that names what is wrong, and the nearest right name."""

import pytest

from hookline.operator.errors import OperatorError, UnknownName
from hookline.testing.kit import Delivery, Kit, delivery, error, event, in_turn, wake

PR = "pull_request_opened__ordinary"
PING = {"content-type": "application/json", "x-github-event": "ping", "x-github-delivery": "1"}
POST = event("change.proposed", title="post 1")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: wake("notifer", POST), "no agent 'notifer' (did you mean notifier?)"),
        (lambda: event("change.propsed"), "no domain event 'change.propsed' (did you mean change.proposed?)"),
        (lambda: event("change.proposed", titel=""), "no field of change.proposed 'titel' (did you mean title?)"),
        (lambda: delivery("githb"), "no source 'githb' (did you mean github?)"),
        (lambda: delivery("github", "pull_request_open"), f"'pull_request_open' (did you mean {PR}?)"),
        (lambda: delivery("github", PR, set={"pull_request.titel": 1}), "'titel' (did you mean title?)"),
        (lambda: wake("prober", POST, answers={"slack.message.pst": {}}), "(did you mean slack.message.post?)"),
        (lambda: wake("prober", POST, answers={"stripe.charge.retrieve": {}}), "'stripe' (known: slack)"),
        (lambda: wake("prober", POST, destinations={"alert": ""}), "'alert' (did you mean alerts?)"),
        (lambda: Kit("prober").sandbox("slac"), "'slac' (did you mean slack?)"),
    ],
)
def test_an_unknown_name_gets_the_nearest(wrong, said):
    with pytest.raises(UnknownName) as raised:
        wrong()
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            lambda: wake("prober", event("payment.succeeded")),
            "agent prober does not subscribe to payment.succeeded; it does to change.proposed from webhook.github",
        ),
        (lambda: wake("prober", event("change.proposed", publisher="webhook.gitlab")), "from webhook.gitlab; it does"),
        (lambda: wake("prober", delivery("stripe")), "subscribes to no event of webhook.stripe"),
        (lambda: wake("prober", delivery("github", "issues_opened__unmapped")), "the delivery became github.unmapped"),
        (lambda: wake("prober", Delivery("github", "ping", b'{"zen": "x"}', PING)), "ping became no event"),
        (lambda: event("change.proposed", title=3), "change.proposed: title: Input should be a valid string"),
        (lambda: event("review.approved"), "use approve() or deny()"),
        (lambda: delivery("github", PR, set={"number.x": 1}), "a value that has no member 'x'"),
        (lambda: error(200), "error(200): an HTTP status from 400 to 599, 'timeout', 'unreachable' or 'answer lost'"),
        (lambda: in_turn(), "at least one answer"),
        (lambda: wake("prober", POST, past=[POST]), "prober does not use context"),
        (lambda: wake("prober", POST, answers={"slack.message.post": object()}), "cannot be written as JSON"),
        (lambda: wake("prober", POST, answers={"slack.message.post": lambda: {}}), "cannot be called"),
        (
            lambda: wake("prober", POST, answers={"slack.message.list": {}}),
            "slack.message.post(text='post 1', channel='C0SANDBOX01') was called, and answers has no answer for it; "
            "it has: slack.message.list",
        ),
        (
            lambda: wake("prober", delivery("github", PR, set={"repository.id": None})),
            "the verifier of github answered pull_request_opened__ordinary with 400 UnreadableBody",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(wrong, said):
    with pytest.raises(OperatorError) as raised:
        wrong()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_error_in_an_answers_function_is_the_tests_own():
    with pytest.raises(ZeroDivisionError):
        wake("prober", POST, answers={"slack.message.post": lambda **_: 1 / 0})
