"""The demo's closing figures in words."""

import pytest

from hookline.demo.show import latencies


@pytest.mark.parametrize(
    ("values", "cold", "said"),
    [
        ([3000, 100, 100, 100], True, "first 3000 ms (cold starts), then p50 100 ms, p95 100 ms"),
        ([100, 100, 100, 100], False, "p50 100 ms, p95 100 ms"),
        ([3000], True, "3000 ms"),
        ([], False, "none"),
    ],
    ids=["cold", "warm", "once", "none"],
)
def test_the_first_delivery_counts_apart_only_where_it_started_the_functions(values, cold, said):
    """A second demo on the same stack has no cold starts."""
    assert latencies(values, cold) == f"Webhook to decision: {said}."
