"""The prober, an agent that tries what it may not do, beside the shipped agents."""

from collections.abc import Iterator

import pytest

from tests.local.projects.parity.cases import PROBER
from tests.planted import planted


@pytest.fixture(scope="package", autouse=True)
def prober() -> Iterator[None]:
    with planted(PROBER):
        yield
