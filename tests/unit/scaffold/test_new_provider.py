"""What `hookline new provider` writes is valid for every scheme, encoding, credential and domain event."""

import importlib
import json
from itertools import product

import pytest

from functions.core.events import catalogue
from functions.core.events.catalogue import events
from functions.core.ingress.delivery import RawEvent
from functions.core.ingress.reading import raw_events
from functions.core.ingress.signatures.sign import sign
from functions.core.ingress.signatures.verify import verify
from functions.core.platform.errors import HooklineError, UnreadableBody, WebhookRejected
from hookline.local.generated_secrets import generate_secret
from hookline.local.sandbox_server import SandboxServer
from hookline.operator.errors import OperatorError, UnknownName
from hookline.scaffold.provider import ALGORITHMS, ENCODINGS, SCHEMES, SHARED, ProviderOptions, new_provider
from hookline.testing.providers import at_sandbox
from hookline.validation.references import OF_THE_ENGINE

NOW = 1_790_000_000.0
HEADER = "X-Acme-Signature"
BASE = "https://api.acme.example/v1"
SIGNED = [name for name in ALGORITHMS if name != "equality"]
STAMPED = {"prefix": "v1=", "signs": "v0:{timestamp}:{body}", "timestamp": "X-Acme-Timestamp"}
ALL_SCHEMES = [
    *({"scheme": scheme, "header": HEADER, "encoding": encoding} for scheme, encoding in product(SIGNED, ENCODINGS)),
    *({"scheme": scheme, "header": HEADER, **STAMPED} for scheme in SIGNED),
    {"scheme": "equality", "header": HEADER},
    *({"scheme": scheme} for scheme in SHARED),
]
CREDENTIALS = ["bearer", "basic", "header:X-Api-Key"]
TRANSLATED = [name for name in events() if name not in ("unmapped", *OF_THE_ENGINE)]
JUNK = [None, 7, -1, True, 1.5, "", "x" * 9000, "a/b", 10**40, [], ["a"], {}]
GOOD = {"scheme": "hmac-sha256", "header": HEADER}


@pytest.fixture
def providers(project, write_all):
    """Writes a provider for each set of options, and returns their names."""

    def write(*options):
        names = [f"planted_{number}" for number in range(len(options))]
        write_all([new_provider(ProviderOptions(name, **one)) for name, one in zip(names, options, strict=True)])
        importlib.invalidate_caches()
        return names

    return write


def module(name, part):
    return importlib.import_module(f"functions.providers.{name}.{part}")


def body_of(project, name):
    (fixture,) = (project.root / "providers" / name / "fixtures").glob("*__first.json")
    return fixture.read_bytes()


def test_a_provider_of_each_scheme_verifies_what_it_signs_and_nothing_else(project, providers):
    names = providers(*ALL_SCHEMES)
    assert {one["scheme"] for one in ALL_SCHEMES} == set(SCHEMES)
    assert project.findings() == []
    for name in names:
        manifest, body = module(name, "source").MANIFEST, body_of(project, name)
        secret, other = generate_secret(manifest), generate_secret(manifest)
        sent = {"method": "POST", "url": f"https://hooks.example.com/webhooks/{name}", "body": body}
        headers = sign(manifest.signature, **sent, headers={}, secret=secret.signs, now=NOW)
        verify(manifest.signature, **sent, headers=headers, secrets=[secret.verifies], now=NOW)
        with pytest.raises(WebhookRejected):
            verify(manifest.signature, **sent, headers=headers, secrets=[other.verifies], now=NOW)


def test_a_provider_translates_its_fixture_into_each_domain_event(project, providers):
    """With the entity that its connector acts on."""
    names = providers(*({**GOOD, "translates": f"thing.done={event}"} for event in TRANSLATED))
    assert project.findings() == []
    for name, event in zip(names, TRANSLATED, strict=True):
        (raw,) = raw_events(body_of(project, name), {}, module(name, "source").MANIFEST.reading)
        made = module(name, "translate").translate(raw)
        assert (made.type, made.entities) == (event, [f"{name}:thing/thing_1Example"])
        assert catalogue.check(event, made.data) == made.data


def test_a_translation_refuses_a_value_or_makes_data_that_its_event_takes(providers):
    """Whatever stands in one place of a delivery: a verifier has no second look at it."""
    names = providers(*({**GOOD, "translates": f"thing.done={event}"} for event in TRANSLATED))
    made = 0
    for name, event in zip(names, TRANSLATED, strict=True):
        fields = dict(catalogue.model_of(event).example)
        for field, value in product(fields, JUNK):
            body = {"id": "evt_1", "type": "thing.done", "data": {"id": "thing_1", **fields, field: value}}
            try:
                translation = module(name, "translate").translate(RawEvent("evt_1", "thing.done", body))
            except UnreadableBody:
                continue
            assert catalogue.check(event, translation.data) == translation.data
            made += 1
    assert made > len(TRANSLATED)


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_connector_acts_once_on_its_sandbox_with_its_credential(project, providers, credential):
    (name,) = providers({**GOOD, "base": BASE, "credential": credential})
    assert project.findings() == []
    manifest, sandbox = module(name, "connector").MANIFEST, module(name, "sandbox").SANDBOX(lambda: NOW)
    read, effect = manifest.operations
    with SandboxServer([sandbox]) as server:
        there = at_sandbox(manifest, lambda: sandbox.credential, server.urls[name])
        assert there.call(read, {"item": "i_1"}, None, 5) == {"id": "i_1"}
        answers = [there.call(effect, {"item": "i_1", "text": "hello"}, "key-1", 5) for _ in range(2)]
        assert answers[0] == answers[1]
        wrong = at_sandbox(manifest, lambda: f"{sandbox.credential}-wrong", server.urls[name])
        with pytest.raises(Exception, match="401"):
            wrong.call(effect, {"item": "i_1", "text": "hello"}, "key-2", 5)
    (done,) = json.loads(sandbox.control("GET", "state", b"").body)["effects"]
    assert (done["path"], done["body"]) == ("/items/i_1/replies", {"text": "hello"})
    sandbox.control("DELETE", "state", b"")
    assert json.loads(sandbox.control("GET", "state", b"").body) == {"effects": [], "calls": []}


def test_a_source_without_a_translation_has_no_connector(project, providers):
    (name,) = providers(GOOD)
    files = {path.name for path in (project.root / "providers" / name).iterdir()}
    assert files == {"__init__.py", "source.py", "README.md", "fixtures"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"scheme": "equality"}, "needs a header.*--header X-Acme-Signature"),
        ({**GOOD, "header": "X Acme"}, "is no header's name"),
        ({**GOOD, "header": 'x"\n'}, "is no header's name"),
        ({**GOOD, "scheme": "equality", "encoding": "hex"}, "leave out --encoding"),
        ({**GOOD, "scheme": "svix"}, "leave out --header"),
        ({**GOOD, "timestamp": "X-Time"}, "an unsigned time proves nothing"),
        ({**GOOD, "signs": "{timestamp}{body}"}, "needs timestamp"),
        ({**GOOD, "signs": "{secret}"}, "unknown part"),
        ({**GOOD, "prefix": "a b"}, "--prefix"),
        ({**GOOD, "base": BASE}, "go together"),
        ({**GOOD, "credential": "bearer"}, "go together"),
        ({**GOOD, "base": "http://api.acme.example/", "credential": "bearer"}, "an https URL"),
        ({**GOOD, "base": "https://user@api.acme.example/", "credential": "bearer"}, "an https URL"),
        ({**GOOD, "base": "https://[::1/", "credential": "bearer"}, "an https URL"),
        ({**GOOD, "documents": 'https://a.example/"'}, "an https URL"),
        ({**GOOD, "translates": "note.created"}, "RAW=EVENT"),
        ({**GOOD, "translates": "text.created=ticket.created"}, "cannot name an entity"),
        ({**GOOD, "owner": "a\nb"}, "owner"),
    ],
)
def test_options_that_do_not_fit_say_what_to_write_in_a_line(options, says):
    with pytest.raises((OperatorError, HooklineError), match=says) as refused:
        new_provider(ProviderOptions("planted", **options))
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "near"),
    [
        ({**GOOD, "scheme": "hmac-sha265"}, "hmac-sha256"),
        ({**GOOD, "encoding": "base46"}, "base64"),
        ({**GOOD, "base": BASE, "credential": "bearr"}, "bearer"),
        ({**GOOD, "base": BASE, "credential": "header:"}, "header:NAME"),
        ({**GOOD, "translates": "note.created=ticket.craeted"}, "ticket.created"),
    ],
)
def test_an_unknown_word_gets_the_nearest(options, near):
    with pytest.raises(UnknownName, match=f"did you mean {near}"):
        new_provider(ProviderOptions("planted", **options))


def test_without_a_lock_to_copy_a_public_key_scheme_is_refused(tmp_path):
    with pytest.raises(OperatorError, match="choose another scheme"):
        new_provider(ProviderOptions("planted", "ed25519", header=HEADER), tmp_path)
