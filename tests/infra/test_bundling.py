"""A zip that cannot be built is an error of one line, which names the lock at fault."""

import pytest

from infra import bundling
from infra.bundling import BundleError, Recipe, Target


def test_a_lock_that_uv_rejects_is_named_with_uvs_message(tmp_path, monkeypatch):
    lock = tmp_path / "requirements.txt"
    lock.write_text("hookline-no-such-package==1.0\n")  # without its hash: uv rejects it before any download
    monkeypatch.setattr(bundling, "BUILD", tmp_path / "build")
    monkeypatch.setattr(bundling, "BASE_LOCK", lock)
    with pytest.raises(BundleError) as refused:
        bundling.build(Recipe("planted", []), Target("planted", None, None))
    assert str(refused.value).startswith(f"{lock}: uv says: error: In `--require-hashes` mode")
    assert "\n" not in str(refused.value)
