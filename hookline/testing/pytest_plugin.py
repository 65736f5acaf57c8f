"""The testing kit's fixtures: `pytest_plugins = ["hookline.testing.pytest_plugin"]` in a conftest.py enables them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hookline.testing.kit import Kit


@pytest.fixture
def kit() -> Iterator[Callable[..., "Kit"]]:
    """Makes a Kit for an agent: `kit("fraud", answers={…})`. At its end the test fails if an answer was never used."""
    # Imported by the first test that uses it: moto and the functions take a second to load.
    from hookline.testing.kit import Kit

    with ExitStack() as opened:
        yield lambda agent, **given: opened.enter_context(Kit(agent, **given))
