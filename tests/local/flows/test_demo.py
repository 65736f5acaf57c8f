"""Every flow of the demo on the deployed stack, whole: what it checks holds, and nothing is lost or done twice."""

import pytest

from hookline.demo import found
from hookline.demo.run import run_on
from hookline.local.stack import LocalStack

pytestmark = pytest.mark.local

PLAYED = [name for name in found.names() if name != "payments"]  # test_payments.py has each of its cases


@pytest.mark.parametrize("name", PLAYED)
def test_a_flow_ends_with_nothing_lost_doubled_or_unexpected(stack: LocalStack, name: str) -> None:
    assert run_on(stack, name, once=False, as_json=True) == 0
