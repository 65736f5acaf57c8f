"""Fixtures of the chains and of what reads them."""

from typing import Any

import pytest

from functions.core.audit.append import Chains, Tables
from hookline.operator.trail import Trail


@pytest.fixture
def chains(dynamodb: Any, audit_tables: Tables) -> Chains:
    return Chains(dynamodb, audit_tables)


@pytest.fixture
def trail(dynamodb: Any) -> Trail:
    return Trail(dynamodb)
