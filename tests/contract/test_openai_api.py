"""What is sent to OpenAI about calls, and what is received, is valid by what OpenAI publishes.

openai_api/cut.py writes the description from OpenAI's own library.
"""

import json
from pathlib import Path

import jsonschema
import pytest

from functions.agents.reception.manifest import MANIFEST as RECEPTION
from functions.core.gate.encoding import encoded
from functions.providers.openai.connector import MANIFEST
from hookline.demo import found
from hookline.demo.flow import Delivery
from hookline.testing import fixtures
from hookline.testing.kit import event
from hookline.testing.kit.kit import Kit

DESCRIBED = json.loads(Path(__file__).parent.joinpath("openai_api/api.json").read_text())
NUMBERS = {"accepted": "+14155550100", "refused": "+19005550100", "put through": "+14155550142"}


def validate(kind, name, body):
    jsonschema.Draft202012Validator(DESCRIBED[kind][name]).validate(body)


def sent(name, arguments):
    """The body that the connector sends for an operation with these arguments."""
    operation = MANIFEST.operation(name)
    return json.loads(encoded(operation, {**arguments, **operation.sends}).body or b"{}")


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("api", ["realtime", "live"])
def test_what_the_reception_asks_of_openai_is_valid(api, number):
    """With the fields that it declares, and no other."""
    with Kit(RECEPTION.name) as kit:
        effects = kit.wake(
            event("call.incoming", api=api, call=f"{'rtc' if api == 'realtime' else 'live'}_1", number=number)
        ).effects
    effects = [effect for effect in effects if effect.operation.startswith("openai.")]
    assert effects
    for effect in effects:
        name = effect.operation.removeprefix("openai.")
        validate("requests", name, sent(name, effect.arguments))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("call.accept", {"model": "gpt-realtime-2.1"}),
        ("call.accept", {"type": "realtime", "voice": "marin"}),
        ("session.accept", {"type": "live", "model": "gpt-live-1"}),
        ("session.accept", {"session": {"model": "gpt-live-1"}}),
        ("session.reject", {}),
        ("call.refer", {"to": "tel:+14155550111"}),
    ],
)
def test_a_body_that_openai_would_answer_with_200_and_not_serve_is_told_apart(name, body):
    """Otherwise these tests would show nothing."""
    with pytest.raises(jsonschema.ValidationError):
        validate("requests", name, body)


def test_every_model_and_voice_that_the_connector_takes_is_one_of_openais():
    told = json.dumps(DESCRIBED["requests"])
    accept, session = (MANIFEST.operation(name).takes for name in ("call.accept", "session.accept"))
    words = [*accept["model"].choices, *session["session"].fields["model"].choices]
    for audio in (accept["audio"], session["session"].fields["audio"]):
        words += audio.fields["output"].fields["voice"].choices
    assert [word for word in words if f'"{word}"' not in told] == []


def deliveries():
    for name in fixtures.names("openai"):
        body = json.loads(fixtures.load("openai", name).body)
        if body["type"] in DESCRIBED["webhooks"]:
            yield pytest.param(body, id=name)
    steps = [step for act in found.trial(found.load("calls")) for step in act.steps if isinstance(step, Delivery)]
    yield from (pytest.param(json.loads(step.body), id=step.story) for step in steps)


@pytest.mark.parametrize("body", list(deliveries()))
def test_fixtures_and_the_demos_deliveries_are_as_openai_sends_them(body):
    validate("webhooks", body["type"], body)
