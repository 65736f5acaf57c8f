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
from functions.core.platform.errors import UnreadableBody
from hookline.testing.signing import verify
from hookline.validation.discovery import discover


def word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())


def is_made_up(id: str) -> bool:
    """Whether an id is a placeholder: "Example" stands in it, or it is a number, into which no word fits."""
    return "Example" in id or re.split("[:/]", id)[-1].isdigit()


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
    assert {raw_type for raw_type in declares if knows(code_of(source), raw_type)} == declares
    table = set(getattr(code_of(source), "_TRANSLATIONS", declares))  # what the shipped sources call it
    assert table == declares


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


def test_githubs_event_id_does_not_depend_on_the_name_that_is_not_signed(recorded):
    """Otherwise a delivery that is sent again under another name counts as a new one."""
    assert recorded["github"]
    for one in recorded["github"]:
        named = [replace(one.fixture, headers={**one.fixture.headers, "x-github-event": name}) for name in ("a", "b")]
        events = [event for fixture in named for event in replace(one, fixture=fixture).events]
        assert [event.raw["type"].partition(".")[0] for event in events] == ["a", "b"]
        assert len({event.id for event in [*events, *one.events]}) == 1


def test_what_agents_subscribe_to_of_a_source_is_among_what_that_source_sends(recorded):
    subscriptions = [one for agent in discover().agents.values() for one in agent.subscribes]
    wanted = {(source, one.detail_type) for one in subscriptions for source in one.sources if "webhook." in source}
    sent = {(event.source, event.type) for found in recorded.values() for fixture in found for event in fixture.events}
    assert wanted
    assert wanted - sent == set()
