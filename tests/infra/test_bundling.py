"""A zip that cannot be made says which lock is at fault, in a line."""

import pytest

from infra import bundling
from infra.bundling import BundleError, Target


def test_a_lock_that_uv_refuses_is_named_with_what_uv_says(tmp_path, monkeypatch):
    lock = tmp_path / "requirements.txt"
    lock.write_text("hookline-no-such-package==1.0\n")  # without its hash: uv looks nowhere for it
    monkeypatch.setattr(bundling, "BUILD", tmp_path / "build")
    monkeypatch.setattr(bundling, "BASE_LOCK", lock)
    with pytest.raises(BundleError) as refused:
        bundling.build("planted", [], Target("planted", None, None))
    assert str(refused.value).startswith(f"{lock}: uv says: error: In `--require-hashes` mode")
    assert "\n" not in str(refused.value)
