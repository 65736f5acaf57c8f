"""The packages in the zip of an agent with a model."""

import pytest

from hookline.validation.layout import MODELS_LOCK
from infra import bundling
from infra.bundling import BundleError, agent_lock


def test_only_an_agent_with_a_model_has_the_packages_of_models():
    assert agent_lock("summarizer", with_model=True) == MODELS_LOCK
    assert agent_lock("fraud", with_model=False) is None


def test_own_requirements_without_what_a_model_needs_are_refused(monkeypatch, tmp_path):
    """Its zip would have no pydantic-ai, and each of its events would fail."""
    own = tmp_path / "requirements.txt"
    monkeypatch.setattr(bundling, "own_lock", lambda folder: own)
    own.write_text("first==1.0 \\\n    --hash=sha256:00\n")
    assert agent_lock("thinker", with_model=False) == own
    with pytest.raises(BundleError, match="lacks pydantic-ai-slim"):
        agent_lock("thinker", with_model=True)
    own.write_text("pydantic-ai-slim==2.68.0 \\\n    --hash=sha256:00\n")
    assert agent_lock("thinker", with_model=True) == own
