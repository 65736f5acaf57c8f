"""A page of another site in a real browser, on the operator's machine while the local stack runs.

It needs Chromium, which not every machine has; `test_guard.py` plays the same page without one.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hookline.local.control import HEADER
from hookline.local.stack import LocalStack
from tests.local.browser import chromium

CHROMIUM = chromium.find()
pytestmark = [pytest.mark.local, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")]

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
LIST_SECRETS = {"content-type": "text/plain", "x-amz-target": "secretsmanager.ListSecrets"}
# What each request of the page became: the text of the answer if the page could read it.
PAGE = """<!doctype html><title>a page of another site</title><body><script>
const asked = %s
async function ask(name, url, how) {
  try { return [name, (await (await fetch(url, how)).text()).slice(0, 200)] }
  catch (error) { return [name, String(error)] }
}
async function run() {
  const results = []
  for (const [name, url, how] of asked) results.push(await ask(name, url, how))
  document.body.dataset.results = JSON.stringify(results)
  await fetch("/results", { method: "POST", body: JSON.stringify(results) })
}
run()
</script>"""


class Site:
    """A web site with one page, which reports what its requests became."""

    def __init__(self) -> None:
        self.results: list[list[str]] = []
        self.reported = threading.Event()
        self.page = ""

    def __enter__(self) -> "Site":
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.page.encode())

            def do_POST(self) -> None:
                site.results = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()
                site.reported.set()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_address[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def browse(site: Site, profile: Path, url: str) -> str:
    """Open a page in Chromium, which finds the site's name at 127.0.0.1; returns the page as it then is."""
    words = [
        *(CHROMIUM or "", *QUIET, f"--user-data-dir={profile}", "--host-resolver-rules=MAP evil.example 127.0.0.1"),
        *("--virtual-time-budget=20000", "--dump-dom", url),
    ]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False).stdout


def test_a_page_in_chromium_reads_nothing_and_changes_nothing(stack: LocalStack, site: Site, tmp_path: Path) -> None:
    emulator, control = stack.emulator.endpoint, f"{stack.sandboxes.url}/_sandbox/stripe/state"
    plain = {"content-type": "text/plain"}
    asked = [
        ["read the secrets", emulator + "/", {"method": "POST", "headers": LIST_SECRETS, "body": "{}"}],
        ["post a form", emulator + "/", {"method": "POST", "mode": "no-cors", "headers": plain, "body": "x"}],
        ["reset", emulator + "/_ministack/reset", {"method": "POST", "mode": "no-cors", "body": "x"}],
        ["read the sandbox", control, {}],
        ["control it", control, {"headers": {HEADER: "1"}}],
    ]
    site.page = PAGE % json.dumps(asked)
    browse(site, tmp_path, f"http://evil.example:{site.port}/")
    assert site.reported.is_set(), "the page ran"
    said = dict(site.results)
    assert said.pop("post a form") == said.pop("reset") == "", "no-cors: sent, and its answer is hidden"
    assert set(said.values()) == {"TypeError: Failed to fetch"}
    assert stack.client("cloudformation").describe_stacks(StackName="hookline-ingress")["Stacks"], "nothing is reset"


def test_a_name_that_is_rebound_to_this_machine_reads_only_the_refusal(
    stack: LocalStack, site: Site, tmp_path: Path
) -> None:
    for url in (stack.emulator.endpoint, stack.sandboxes.url):
        shown = browse(site, tmp_path, f"http://evil.example:{urlsplit(url).port}/")
        assert "the Host header must be one of" in shown
