"""The connectors of models over HTTP, on their sandboxes: answers, usage, refusals, and what their servers do wrong."""

import json
from types import SimpleNamespace

import pytest

from functions.api.performer import Busy, OutcomeUnknown, OutOfTime, PermanentError, Refused, Spend
from functions.core.gate.arguments import check_arguments
from functions.core.gate.outbound import Unauthorized
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ConfigurationError
from functions.providers.anthropic import operations as anthropic
from functions.providers.anthropic.connector import MANIFEST as ANTHROPIC
from functions.providers.openai_compatible import operations as openai
from functions.providers.openai_compatible.connector import MANIFEST as OPENAI
from hookline.local.sandbox_providers import sandbox_providers
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.platform import fake_platform

SECRET = "4242"
PRICES = json.dumps({"gpt-5-mini": {"input": "0.25", "output": "2", "cache_read": "0.025", "checked": "2026-11-28"}})
ASKS = {
    "anthropic": {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": SECRET}]},
    "openai_compatible": {
        "model": "gpt-5-mini",
        "max_completion_tokens": 100,
        "messages": [{"role": "user", "content": SECRET}],
    },
}
OF = {"anthropic": (ANTHROPIC, anthropic), "openai_compatible": (OPENAI, openai)}


@pytest.fixture(scope="module")
def server():
    with SandboxServer([sandbox_providers()[name](lambda: 0.0) for name in OF], "token") as server:
        yield server


@pytest.fixture(params=OF)
def model(request, server, clock):
    """A connector with its sandbox: `call` asks it, `script` says what it answers."""
    name = request.param
    manifest, module = OF[name]
    sandbox = server.sandbox.providers[name]
    sandbox.control("DELETE", "state", b"")
    server.sandbox.faults.clear()
    (operation,) = manifest.operations
    environment = ConnectorEnvironment(
        "url", name, "key", credential="secret", sandbox=server.urls[name], prices=PRICES
    )
    performer = module.performer(manifest, fake_platform(clock, environment, secrets={"secret": sandbox.credential}))

    def call(seconds=10.0, **more):
        return performer.call(operation, {**ASKS[name], **more}, None, seconds)

    return SimpleNamespace(
        name=name,
        operation=operation,
        performer=performer,
        call=call,
        most=lambda **more: performer.most(operation, {**ASKS[name], **more}, 10.0),
        used=lambda answer: performer.used(operation, ASKS[name], answer),
        script=lambda *answers: sandbox.control("POST", "script", json.dumps({"answers": answers}).encode()),
        calls=lambda: json.loads(sandbox.control("GET", "state", b"").body)["calls"],
        fault=lambda **fault: server.sandbox.faults.arm(_fault(name, fault)),
    )


def _fault(name, fault):
    from hookline.local.faults import Fault

    return Fault.parse(json.dumps({"provider": name, **fault}).encode(), tuple(OF))


def test_the_request_is_the_providers_own_and_carries_its_credential(model):
    check_arguments(model.operation, ASKS[model.name])
    model.script({"text": "Hello"})
    assert "Hello" in json.dumps(model.call())
    (call,) = model.calls()
    assert (call["status"], call["request"]) == (200, ASKS[model.name])


def test_what_it_used_is_priced_by_kind(model):
    model.script({"text": "Hello", "usage": {"input": 100, "output": 10, "cache_read": 1_000}})
    used = model.used(model.call())
    # Haiku: 100 x 1 + 10 x 5 + 1000 x 0.10; gpt-5-mini: 100 x 0.25 + 10 x 2 + 1000 x 0.025
    assert used.spend == Spend(1, 1_110, {"anthropic": 250, "openai_compatible": 70}[model.name])
    assert used.tokens["cache_read_tokens"] == 1_000
    assert used.stopped in ("end_turn", "stop")


def test_the_reservation_covers_the_largest_answer_and_every_byte_of_the_prompt(model):
    prompt = [{"role": "user", "content": "€" * 1_000}]
    most = model.most(messages=prompt)
    assert most.tokens > 100 + 3_000
    assert most.microdollars > 0


FAULTS = [
    ({"fault": "status", "status": 429}, Busy),
    ({"fault": "status", "status": 401}, Unauthorized),
    ({"fault": "status", "status": 400}, Refused),
    ({"fault": "status", "status": 503}, OutcomeUnknown),
    ({"fault": "status", "status": 529}, OutcomeUnknown),
    ({"fault": "after"}, OutcomeUnknown),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=[str(one.get("status", "reset")) for one, _ in FAULTS])
def test_a_failure_is_mapped_by_what_happens_next(model, fault, kind):
    """And never quotes what was sent."""
    model.fault(**fault)
    with pytest.raises(kind) as raised:
        model.call()
    assert SECRET not in str(raised.value)


def test_a_model_that_is_slow_is_given_up_at_the_events_deadline(model):
    model.fault(fault="slow", seconds=3)
    with pytest.raises(OutOfTime):
        model.call(seconds=0.6)


@pytest.mark.parametrize("raw", ["I am not JSON", "{}", "[]", '{"usage": {"input_tokens": -1}}', "null"])
def test_nonsense_is_no_answer(model, raw):
    model.script({"raw": raw})
    with pytest.raises(OutcomeUnknown):
        model.call()


def test_a_filtered_answer_is_an_answer_that_says_so(model):
    model.script({"text": "no", "stop": "refusal"})
    assert model.used(model.call()).stopped == "refusal"


def user(block: dict) -> list[dict]:
    return [{"role": "user", "content": [block]}]


OUTSIDE = {
    "anthropic": [
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "outside the gate"),
        ({"messages": user({"type": "image", "source": {"type": "url", "url": "https://x"}})}, "is base64"),
        ({"messages": user({"type": "document", "source": {}})}, "nothing limits the tokens of document"),
    ],
    "openai_compatible": [
        ({"tools": [{"type": "web_search"}]}, "outside the gate"),
        ({"messages": user({"type": "image_url", "image_url": {"url": "https://x?secret"}})}, "is a data: URL"),
        ({"messages": user({"type": "file", "file": {}})}, "nothing limits the tokens of file"),
        ({"max_tokens": 5}, "needs max_completion_tokens or max_tokens"),
    ],
}


def test_what_acts_reads_or_costs_outside_the_gate_is_refused_before_the_call(model):
    """An image that the provider fetches could carry a secret in its address."""
    for more, reason in OUTSIDE[model.name]:
        with pytest.raises(PermanentError, match=reason):
            model.most(**more)
    assert model.calls() == []


def test_a_model_without_a_price_is_refused(model):
    with pytest.raises(ConfigurationError, match="no price for model claude-next"):
        model.most(model="claude-next")


@pytest.mark.parametrize("name", OF)
def test_what_would_cost_more_than_tokens_is_not_taken(name):
    (operation,) = OF[name][0].operations
    for argument in ("stream", "service_tier", "n", "web_search_options", "container", "mcp_servers"):
        with pytest.raises(PermanentError, match=f"does not take {argument}"):
            check_arguments(operation, {**ASKS[name], argument: 1})


HOSTS = {"host": "api.openai.com", "path": "v1"}


@pytest.mark.parametrize(
    "tenant",
    [
        {"host": "openrouter", "path": "v1"},
        {"host": "api.openai.com/x", "path": "v1"},
        {"host": "user@evil.example", "path": "v1"},
        {"host": "api.openai.com:8443", "path": "v1"},
        {"host": "api.openai.com", "path": "../v1"},
        {"host": "api.openai.com", "path": "v1?x="},
        {"host": "api.openai.com", "path": ""},
        {},
    ],
    ids=str,
)
def test_an_address_in_the_settings_that_is_not_one_is_refused(tenant):
    from functions.core.gate.credentials import tenant_of

    assert tenant_of(OPENAI, HOSTS) == HOSTS
    with pytest.raises(ConfigurationError, match="openai_compatible: (host|path) is"):
        tenant_of(OPENAI, tenant)
