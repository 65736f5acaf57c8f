"""Runs of each pattern while deliveries are copied, replies get lost, and processes die at any call."""

import pytest

from functions.core.platform.log import log
from functions.core.workflows.catalogue import patterns
from hookline.testing.workflows.disturbed import disturbed

RUNS = 8  # at a time; the bench has a thousand


@pytest.mark.parametrize("pattern", patterns())
def test_no_task_of_a_run_is_lost_or_doubled_and_each_run_ends(pattern, monkeypatch):
    """Each in a declared state, with one event for each task and one for the end."""
    monkeypatch.setattr(log, "info", lambda *_, **__: None)
    monkeypatch.setattr(log, "warning", lambda *_, **__: None)
    found = disturbed(pattern, RUNS)
    assert (found.wrong, sum(found.ends.values())) == ([], RUNS)
    assert min(found.copies, found.lost, found.faults) > 0
    assert max(found.requests) == 3
