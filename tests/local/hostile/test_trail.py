"""The audit trail after the tests of this folder, which run before this file: pytest orders the files by name."""

import pytest

from functions.core.audit import chain
from hookline.operator.trail import Trail
from tests.local.hostile.attacker import Attacker

pytestmark = pytest.mark.local


def test_no_attempt_broke_a_chain(attacker: Attacker) -> None:
    trail = Trail(attacker.stack.client("dynamodb"))
    for identity in ("agent.hostile", "agent.accomplice", "connector.stripe", "service.recorder", "service.context"):
        assert chain.verify(trail.of_identity(identity)).seq > 0
