"""Every source has fixtures and a page, and each fixture is verified, read and translated."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from functions.core.events import catalogue
from functions.core.events.people import address_of
from functions.core.ingress.reading import raw_events
from functions.core.manifests.source import SourceManifest
from hookline.local.generated_secrets import generate_secret
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture
from hookline.testing.signing import prepare, sign, verify
from hookline.validation.discovery import FUNCTIONS
from tests.unit.providers import shipped
from tests.unit.providers.translations.readings import FIXTURES, SOURCES, TRANSLATED, read, translator

NOW = 1_790_000_000.0

of_every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
of_every_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: f"{one.source}/{one.name}")


def test_the_shipped_sources_are_all_there_and_translate_what_they_did() -> None:
    assert set(shipped.SHIPPED) <= set(SOURCES)
    assert set(shipped.TRANSLATED) == set(TRANSLATED) & set(shipped.SHIPPED)


@pytest.mark.parametrize("source", shipped.SHIPPED)
def test_a_source_says_on_a_page_of_its_own_what_it_is(source: str) -> None:
    page = (FUNCTIONS / "providers" / source / "README.md").read_text()
    for told in ("Signs", "Id", "Retries", "Set up", "Translated", "Unmapped", "Doubts"):
        assert f"- **{told}:**" in page


@pytest.mark.parametrize(
    ("source", "headers", "body"),
    [
        ("github", {"x-github-event": "ping"}, {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {}}),
        ("pagerduty", {}, {"event": {"id": "01CExample", "event_type": "pagey.ping", "data": {"message": "Hello"}}}),
    ],
)
def test_a_providers_test_is_a_ping(source: str, headers: dict[str, str], body: dict[str, Any]) -> None:
    (ping,) = raw_events(json.dumps(body).encode(), headers, SOURCES[source].reading)
    assert ping.raw_type in SOURCES[source].pings


@of_every_source
def test_a_source_shows_a_delivery(source: SourceManifest) -> None:
    assert fixtures.names(source.name)


@of_every_fixture
def test_a_fixture_is_signed_verified_read_and_fits_the_catalogue(fixture: Fixture) -> None:
    source, secret = fixture.source, generate_secret(SOURCES[fixture.source])
    url, body = prepare(
        source, url=f"https://hooks.example.com/{source}", body=fixture.body.encode(), secret=secret.signs, now=NOW
    )
    request = {"method": "POST", "url": url, "body": body}
    headers = {**fixture.headers, **sign(source, headers=fixture.headers, secret=secret.signs, now=NOW, **request)}
    verify(source, headers=headers, secrets=[secret.verifies], now=NOW, **request)
    assert raw_events(body, headers, SOURCES[source].reading)
    for raw_event in read(fixture):
        translation = translator(source)(raw_event)
        if translation is not None:
            assert catalogue.check(translation.type, translation.data) == translation.data


@of_every_fixture
def test_a_fixture_is_named_by_its_event_and_any_time_is_of_one_day(fixture: Fixture) -> None:
    for raw_event in read(fixture):
        assert re.sub(r"[^a-z0-9]+", "_", raw_event.raw_type.lower()) == fixture.name.split("__")[0]
        of_that_day = raw_event.time is None or raw_event.time.startswith("2026-09-21T")
        assert of_that_day or fixture.source not in shipped.SHIPPED
    assert ("__unmapped" in fixture.name or fixture.source not in TRANSLATED) == all(
        translator(fixture.source)(raw_event) is None for raw_event in read(fixture)
    )


@of_every_fixture
def test_two_runs_of_a_fixture_are_different_raw_events(fixture: Fixture) -> None:
    """An id of the provider's, or the body whose digest stands for it, differs from run to run."""
    one, other = fixture.fresh(), fixture.fresh()
    ids = [raw_event.id or run.body for run in (one, other) for raw_event in read(run)]
    items = len(read(fixture))
    assert len(set(ids)) == len(ids) == 2 * items


@of_every_fixture
def test_entities_are_named_by_the_signed_body_and_by_nothing_else(fixture: Fixture) -> None:
    """A part of an id is a whole value, or a whole word of one: the number in a SIP address."""
    values = set(leaves(json.loads(fixture.body))) if fixture.headers["content-type"].endswith("json") else set()
    for raw_event in read(fixture):
        translation = translator(fixture.source)(raw_event)
        for entity in translation.entities if translation else []:
            kind, _, id = entity.partition("/")
            if kind in ("person:email", "person:mailbox"):  # a person's address, in one form
                assert entity in {one for address in map(address_of, values) if address for one in address.entities}
                continue
            assert re.fullmatch(rf"{fixture.source}:[a-z0-9_]+", kind)
            assert [part for part in id.split("/") if part not in values and not is_a_word(part, values)] == []
        assert translation is None or translation.subject == translation.entities[0]


def is_a_word(part: str, values: set[str]) -> bool:
    """Whether a text has it with nothing of a word before it or behind it."""
    return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", value) for value in values)


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield str(value)
