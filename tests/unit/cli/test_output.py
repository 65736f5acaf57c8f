"""What commands print: the time until something happens."""

import pytest

from hookline.cli.output import until


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "any moment"),
        (0.5, "any moment"),
        (59, "in 59 s"),
        (119, "in 119 s"),
        (120, "in 2 min"),
        (7199, "in 119 min"),
        (7200, "in 2 h"),
        (3 * 3600 + 3599, "in 3 h"),
        (2 * 86_400, "in 2 days"),
        (30 * 86_400, "in 30 days"),
    ],
)
def test_a_time_until_is_in_the_largest_unit_that_it_has_two_of(seconds, said):
    """And never as later than it is."""
    assert until(seconds) == said
