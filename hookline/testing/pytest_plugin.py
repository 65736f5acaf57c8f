"""The testing kit's fixtures: `pytest_plugins = ["hookline.testing.pytest_plugin"]` in a conftest.py enables them."""

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hookline.testing.kit import Kit

_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def kit(request: pytest.FixtureRequest) -> Iterator[Callable[..., "Kit"]]:
    """Makes a Kit for an agent: `kit("fraud", answers={…})`. A test that passes fails if an answer was never used."""
    # Imported by the first test that uses it: moto and the functions take a second to load.
    from hookline.testing.kit import Kit

    made: list[Kit] = []

    def make(agent: str, **given: Any) -> Kit:
        made.append(Kit(agent, **given))
        return made[-1]

    yield make
    for one in made:
        one.close()
    if not request.node.stash.get(_FAILED, False):
        for one in made:
            one.check_used()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note that a test failed: what it then did not use is no second failure."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report
