"""The Chromium that the browser tests drive: the machine's, or one that `make test` installs.

`python -m tests.local.browser.chromium` gets one if there is none: Debian's package as root, else Playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ROOT / ".tools/browser/packages"  # Playwright and axe-core; 160 MB that only these tests need
OWN = ROOT / ".tools/browser/browsers"
OWN_NAMES = ("headless_shell", "chrome-headless-shell", "chrome")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium, None if there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    own = (place for name in OWN_NAMES for place in OWN.glob(f"chromium*/*/{name}"))
    return next(map(str, own), None)


def get() -> str | None:
    """The path of a Chromium, which is installed if there is none; None if that does not work. It says what it does."""
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("test: installing Debian's package chromium …", file=sys.stderr)
        apt = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
        if not _runs(apt):
            _runs(["apt-get", "update"])
            _runs(apt)
    if not find():
        print("test: downloading Playwright's Chromium …", file=sys.stderr)
        _runs([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])
    if not (found := find()):
        print("test: NO CHROMIUM could be installed: the browser tests will be skipped", file=sys.stderr)
    return found


def _runs(command: list[str]) -> bool:
    """Whether a command ends well. Its output is for standard error."""
    more = {"PLAYWRIGHT_BROWSERS_PATH": str(OWN), "PYTHONPATH": str(PACKAGES), "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env={**os.environ, **more}, stdout=sys.stderr, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    get()
