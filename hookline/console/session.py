"""Who may use the console: the one who has the printed address. Pure, but for the secrets that are drawn."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest
from urllib.parse import parse_qs

ENTER = "/enter"
SAFE, UNSAFE = ("GET", "HEAD"), ("POST",)


@dataclass(frozen=True)
class Refused:
    """Why a request is refused: an HTTP status, and what to do."""

    status: int
    why: str


@dataclass(frozen=True)
class Session:
    """The console's session on `port`: `token` is the secret of its address, from which the other secrets follow."""

    token: str
    port: int

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        return f"http://127.0.0.1:{self.port}{ENTER}?token={self.token}"

    @property
    def cookie(self) -> str:
        """The name of the cookie. Browsers share cookies among the ports of a host, so it names the port."""
        return f"hookline-console-{self.port}"

    @property
    def secret(self) -> str:
        """The cookie's value."""
        return self._derived("cookie")

    @property
    def form_token(self) -> str:
        """The token that every form carries."""
        return self._derived("form")

    @property
    def set_cookie(self) -> str:
        """The header's value that sets the cookie, for as long as the browser runs."""
        return f"{self.cookie}={self.secret}; Path=/; HttpOnly; SameSite=Strict"

    def opens(self, query: str) -> bool:
        """Whether the query of the entrance has the token."""
        return _same(parse_qs(query).get("token", [""])[-1], self.token)

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> Refused | None:
        """Why a request is refused before anything is read, None if it is not. `headers` have names in lower case.

        A page of another site reaches loopback: by its own name that it resolves to 127.0.0.1 (the Host header tells),
        by a form or a script (Origin and Sec-Fetch-Site tell), or by a link (it has no cookie).
        """
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            return Refused(421, f"this is not the console of {host!r}: open the address that was printed")
        if method not in (*SAFE, *UNSAFE):
            return Refused(405, f"{method} is not used here")
        own = f"http://{host}"
        if origin not in (None, own) or (method in UNSAFE and origin is None):
            return Refused(403, "the request does not come from a page of the console")
        entering = path == ENTER and method in SAFE
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not entering:
            return Refused(403, "the request comes from another site")
        if not entering and not self._entered(headers.get("cookie", "")):
            return Refused(401, "open the address that 'hookline console' printed: it has the token of this session")
        return None

    def is_of_form(self, token: str) -> bool:
        """Whether `token` is the one that the console's own forms carry."""
        return _same(token, self.form_token)

    def _entered(self, cookies: str) -> bool:
        found = (part.strip().partition("=") for part in cookies.split(";"))
        return any(name == self.cookie and _same(value, self.secret) for name, _, value in found)

    def _derived(self, what: str) -> str:
        return hmac.new(self.token.encode(), what.encode(), hashlib.sha256).hexdigest()


def _same(given: str, wanted: str) -> bool:
    return compare_digest(given.encode(), wanted.encode())
