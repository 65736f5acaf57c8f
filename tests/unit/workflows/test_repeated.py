"""Events about the same entities at the same moment, in any order, while processes die and deliveries are copied."""

import pytest

from functions.core.platform.log import log
from hookline.testing.workflows.repeated import repeated

ENTITIES = 4  # of each story


@pytest.mark.parametrize(("pattern", "same_entity"), [("sequential", "supersede"), ("handoff", "join")])
def test_no_event_about_an_entity_is_lost_or_handled_twice(pattern, same_entity, monkeypatch):
    """Each run ends, each task is given once, and the latest event has the last word."""
    monkeypatch.setattr(log, "info", lambda *_, **__: None)
    monkeypatch.setattr(log, "warning", lambda *_, **__: None)
    found = repeated(pattern, same_entity, ENTITIES, seed=2)
    assert found.wrong == []
    assert found.ends["superseded"] > 0 and found.overtaken > 0
    assert (found.joined > 0) == (same_entity == "join")
    assert min(found.disturbances) > 0
