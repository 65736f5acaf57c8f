"""The page about testing an agent: its tests run as they are printed."""

import subprocess
import sys

from infra.interpreters import ROOT
from tests.local.printed import blocks


def test_the_tests_on_the_page_pass(tmp_path):
    """Each block is a file of its own, so that none relies on another."""
    printed = [one.text for one in blocks((ROOT / "docs/test-an-agent.md").read_text("utf-8")) if one.language]
    assert len(printed) >= 5
    for number, text in enumerate(printed):
        (tmp_path / f"test_block_{number}.py").write_text(text)
    words = ["-q", "-p", "no:cacheprovider", "-p", "hookline.testing.pytest_plugin", "-c", "/dev/null", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert f"{sum(text.count('def test_') for text in printed)} passed" in done.stdout
