"""The emulator reads a queue with a batching window at once if it was quiet, and then not again for a while."""

import pytest

from hookline.local import windows

WITH, WITHOUT = {"UUID": "a", "MaximumBatchingWindowInSeconds": 5}, {"UUID": "b", "MaximumBatchingWindowInSeconds": 0}


@pytest.fixture
def now(monkeypatch):
    """The time, which the test sets."""
    time = [1000.0]
    monkeypatch.setattr(windows.time, "monotonic", lambda: time[0])
    monkeypatch.setattr(windows, "_read", {})
    return time


def at_once(mapping):
    return windows._spaced(lambda *_: 2, mapping, "function", "config")


@pytest.mark.parametrize(("mapping", "soon"), [(WITH, 0), (WITHOUT, 2)])
def test_only_a_queue_with_a_window_waits_and_only_after_it_was_read(now, mapping, soon):
    read = []
    assert at_once(mapping) == 2
    windows._noted(lambda *batch: read.append(batch), mapping["UUID"], "run", "messages")
    now[0] += windows.SPACE * 0.9
    assert at_once(mapping) == soon
    now[0] += windows.SPACE * 0.2
    assert (at_once(mapping), read) == (2, [(mapping["UUID"], "run", "messages")])


def test_ministack_has_what_is_patched_with_these_arguments():
    """A newer one could name them otherwise."""
    from inspect import signature

    from ministack.services import lambda_svc

    for name, wrapper in (("_dispatch_esm_batch", windows._noted), ("_sqs_esm_concurrency", windows._spaced)):
        original = getattr(getattr(lambda_svc, name), "__wrapped__", getattr(lambda_svc, name))
        first = next(iter(signature(original).parameters))
        assert first in ("esm_id", "esm"), (name, wrapper)
