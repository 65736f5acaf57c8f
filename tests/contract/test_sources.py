"""Every source: its recorded deliveries verify, and become events of the catalogue."""

import importlib
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.util import find_spec

from functions.core.authority import grants
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.ingress.delivery import RawEvent
from functions.core.ingress.reading import UNTYPED
from functions.core.manifests.identity import SignedId, digest_of
from functions.core.manifests.source import MOST_BYTES
from functions.core.manifests.tenant import OneTenant, split
from functions.core.platform.errors import UnreadableBody
from hookline.testing.signing import verify
from hookline.validation.discovery import FUNCTIONS
from tests.declared import PROJECT

# Seconds: shorter than a minute, a retry is new; a claim is kept for 30 days.
DIGEST_WINDOW = (60, 30 * 24 * 3600)


def word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())


def is_made_up(id: str) -> bool:
    """Whether an id is a placeholder: "Example" stands in it, or it is a number, into which no word fits.

    Of telephone numbers, those that are set aside for fiction: 555-0100 to 555-0199.
    """
    last = re.split("[:/]", id)[-1]
    fictional = last.endswith("@example.com")  # RFC 2606
    return fictional or "Example" in id or last.isdigit() or re.fullmatch(r"\+1[0-9]{3}55501[0-9]{2}", last) is not None


def declared(source, raw_type: str) -> set[str]:
    """The detail types that a raw type can become by its source's manifest."""
    return {name for raw, types in source.detail_types.items() if fnmatchcase(raw_type, raw) for name in types}


def code_of(source):
    """The source's translate.py, None if it has none."""
    module = f"functions.providers.{source.name}.translate"
    return importlib.import_module(module) if find_spec(module) else None


def translated(code, raw_type: str, body) -> str | None:
    """The detail type that a body becomes under a raw type, None if it becomes none."""
    try:
        translation = code.translate(RawEvent(id=None, raw_type=raw_type, body=body)) if code else None
    except UnreadableBody:  # the body of another raw type
        return None
    return translation and translation.type


def knows(code, raw_type: str) -> bool:
    """Whether there is a translation of a raw type."""
    try:
        return code.translate(RawEvent(id=None, raw_type=raw_type, body={})) is not None
    except UnreadableBody:
        return True


def test_a_source_has_fixtures(source, recorded):
    folder = f"functions/providers/{source.name}/fixtures"
    assert recorded[source.name], f"{source.name} has no recorded deliveries: put event__case.json files into {folder}"


def test_a_fixture_is_named_by_its_event_and_its_case(fixture):
    assert re.fullmatch(r"[a-z0-9_]+?__[a-z0-9_]+", fixture.fixture.name)
    assert fixture.fixture.name.split("__")[0] in {word(raw_event.raw_type) for raw_event in fixture.raw_events}


def test_a_fixture_holds_nothing_of_a_real_account(fixture):
    own = [raw_event.id for raw_event in fixture.raw_events if raw_event.id]
    named = [entity for event in fixture.events for entity in event.entities]
    assert [id for id in own + named if not is_made_up(id)] == []


def test_a_fixture_verifies_when_it_is_signed(fixture):
    assert verify(fixture.source.name, **fixture.delivery).secret_index == 0


def test_a_fixture_becomes_events_whose_data_the_catalogue_accepts(fixture):
    assert len(fixture.events) == len(fixture.raw_events)
    for event in fixture.events:
        assert catalogue.check(event.type, event.data) == event.data
        assert event.dataschema == catalogue.schema(event.type)
        assert event.source == fixture.source.identity


def test_a_fixtures_event_is_about_one_of_the_entities_that_it_names(fixture):
    for event in fixture.events:
        assert not event.entities or event.subject in event.entities
        # provider:kind/id, as a connector's operation names the entity that it touches
        assert [entity for entity in event.entities if not re.fullmatch(r"[a-z0-9_]+:[^/\s]+/\S+", entity)] == []


def test_a_fixtures_event_carries_a_grant_for_what_it_names(fixture, grant_key, now):
    for event in fixture.events:
        grant = grants.check(event.grant, [grant_key], now)
        assert (grant.event, grant.entities) == (event.id, frozenset(event.entities))


def test_a_fixtures_event_is_the_same_on_the_other_side_of_the_bus(fixture, delivered):
    for event in fixture.events:
        assert Event.from_envelope(delivered(event)) == event


def test_a_source_that_translates_shows_a_delivery_that_it_translates(source, recorded):
    types = {event.type for fixture in recorded[source.name] for event in fixture.events}
    translates = find_spec(f"functions.providers.{source.name}.translate") is not None
    assert translates == bool(types - {f"{source.name}.unmapped"})


def test_a_fixture_becomes_what_its_source_declares(fixture):
    for raw_event, event in zip(fixture.raw_events, fixture.events, strict=True):
        unmapped = f"{fixture.source.name}.unmapped"
        assert event.type in {unmapped, *declared(fixture.source, raw_event.raw_type)}


def test_a_source_declares_the_raw_types_that_its_code_has_a_translation_for(source):
    """Asked with an empty body: a translation refuses it, or makes something of it; without one there is None."""
    declares = {raw_type for raw_type in source.translates if "*" not in raw_type}
    table = set(getattr(code_of(source), "_TRANSLATIONS", declares))  # what the shipped sources call it
    assert table == declares
    # HubSpot's changes of properties are translated only if a form made them, which an empty body does not say.
    asked = {raw_type for raw_type in declares if not raw_type.endswith(".propertyChange")}
    assert {raw_type for raw_type in asked if knows(code_of(source), raw_type)} == asked


def test_a_source_translates_what_it_declares_and_nothing_else(source, recorded):
    """Every raw type, declared or received, is tried with every body of the fixtures."""
    raw_events = [raw_event for fixture in recorded[source.name] for raw_event in fixture.raw_events]
    raw_types = {raw_event.raw_type for raw_event in raw_events}
    raw_types |= {raw_type for raw_type in source.translates if "*" not in raw_type}
    tried = {
        (raw_type, translated(code_of(source), raw_type, raw_event.body))
        for raw_type in raw_types
        for raw_event in raw_events
    }
    promised = {(raw_type, name) for raw_type in raw_types for name in declared(source, raw_type)}
    assert {(raw_type, name) for raw_type, name in tried if name} == promised


def test_a_pattern_of_raw_types_matches_a_fixture(source, recorded):
    received = {raw_event.raw_type for fixture in recorded[source.name] for raw_event in fixture.raw_events}
    patterns = [raw_type for raw_type in source.translates if "*" in raw_type]
    assert [one for one in patterns if not any(fnmatchcase(raw_type, one) for raw_type in received)] == []


def test_what_an_unsigned_header_says_is_a_part_of_the_events_id(fixture):
    """Otherwise a delivery with a false header uses up the claim of the true one."""
    for name in fixture.source.reading.unsigned_headers:
        headers = [{**fixture.fixture.headers, name: value} for value in ("a", "b")]
        told = [replace(fixture, fixture=replace(fixture.fixture, headers=one)).events for one in headers]
        ids = [{event.id for event in events} for events in told]
        assert ids[0].isdisjoint(ids[1])


def test_a_source_says_how_long_the_same_bytes_count_as_a_copy(source):
    """A digest is never for good: bytes that come again weeks later are another happening."""
    digest = digest_of(source.reading.identity)
    assert digest is None or DIGEST_WINDOW[0] <= digest.window <= DIGEST_WINDOW[1]


def test_what_a_source_identifies_by_an_id_has_one_in_every_fixture(fixture):
    if isinstance(fixture.source.reading.identity, SignedId):
        assert [event.id for event in fixture.events if ":sha256/" in event.id] == []


def test_a_delivery_of_several_tenants_names_its_own(fixture):
    tenant = fixture.source.reading.tenant
    names = {raw_event.tenant for raw_event in fixture.raw_events}
    assert ("" in names) == isinstance(tenant, OneTenant)


def test_entities_of_two_tenants_are_never_the_same(fixture):
    """As timelines, the ledger, grants and policies name them; unless the provider's ids are unique by themselves."""
    tenant = fixture.source.reading.tenant
    if isinstance(tenant, OneTenant) or tenant.global_ids:
        return
    of_each = [
        {entity for event in fixture.events_of(name) for entity in event.entities} for name in ("tenant-1", "tenant-2")
    ]
    assert all(entity.partition("/")[0].endswith(("@tenant-1", "@tenant-2")) for each in of_each for entity in each)
    assert of_each[0].isdisjoint(of_each[1])


def test_what_a_tenant_that_is_not_expected_sends_is_unmapped_with_the_reason(fixture):
    if isinstance(fixture.source.reading.tenant, OneTenant):
        return
    for event in fixture.events_of("stranger", expected=["own", "acct_*"]):
        assert (event.type, event.entities) == (f"{fixture.source.name}.unmapped", [])
        assert event.data["tenant"] == "stranger"
        assert "stranger is not expected" in event.data["reason"]
        assert catalogue.check(event.type, event.data) == event.data


def kind_of(entity, source) -> str:
    """The kind as the source names it: one that several providers share has its prefix ("person:email")."""
    whole = split(entity)[0].partition("/")[0]
    return whole if whole in source.names else whole.partition(":")[2]


def test_a_grant_names_only_kinds_that_its_source_declares_as_the_senders_concern(fixture):
    """A parent that holds other people's entries, such as a form, is not one."""
    named = {kind_of(entity, fixture.source) for event in fixture.events for entity in event.entities}
    assert [kind for kind in named if not any(fnmatchcase(kind, one) for one in fixture.source.names)] == []


def test_a_source_declares_the_entities_that_its_fixtures_name_and_no_others(source, recorded):
    named = {entity for one in recorded[source.name] for event in one.events for entity in event.entities}
    kinds = {kind_of(entity, source) for entity in named}
    declared_kinds = {kind for kind in source.names if "*" not in kind}
    assert declared_kinds - kinds <= {"fine_tuning_job", "eval_run"}  # two of OpenAI's runs have no fixture
    assert not kinds or source.names


def test_a_delivery_without_a_type_is_unmapped(fixture, grant_key, now):
    """It is genuine all the same."""
    untyped = [replace(raw_event, raw_type=UNTYPED) for raw_event in fixture.raw_events]
    made = fixture.builder().events(untyped, fixture.verified, fixture.delivery["body"], grant_key, now)
    assert {event.type for event in made} == {f"{fixture.source.name}.unmapped"}


def test_a_sources_largest_body_is_what_its_provider_sends_and_the_gateway_takes(source):
    assert source.max_bytes == min(source.largest_body or MOST_BYTES, MOST_BYTES)


def test_a_source_that_answers_a_check_of_its_address_says_so(source):
    answers = find_spec(f"functions.providers.{source.name}.handshake") is not None or source.pings
    assert bool(answers) == (source.address_check is not None)


def test_a_sources_readme_says_what_is_not_certain(source):
    readme = (FUNCTIONS / "providers" / source.name / "README.md").read_text("utf-8")
    assert "- **Doubts:** " in readme
    assert "- **Id:** " in readme


def test_what_agents_subscribe_to_of_a_source_is_among_what_that_source_sends(recorded):
    subscriptions = [one for agent in PROJECT.agents.values() for one in agent.subscribes]
    wanted = {(source, one.detail_type) for one in subscriptions for source in one.sources if "webhook." in source}
    sent = {(event.source, event.type) for found in recorded.values() for fixture in found for event in fixture.events}
    assert wanted
    assert wanted - sent == set()
