"""Calls to a provider's HTTP API: only to the declared hosts, over HTTPS to public addresses, never redirected.

The address depends on the manifest only; no text of an agent or an event becomes a host. The list of hosts is a
guardrail in the process, not a boundary (docs/security.md): IAM cannot restrict a function's egress.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from functions.core.gate.answers import trimmed
from functions.core.gate.credentials import authorization, check_credential, tenant_of
from functions.core.gate.encoding import JSON, encoded
from functions.core.gate.headers import limited, next_link, parameter, retry_after, wait_of, with_parameter
from functions.core.gate.installations import Installations
from functions.core.manifests.connector import ConnectorManifest, Verdict
from functions.core.manifests.credentials import GitHubApp, has_secret
from functions.core.manifests.listing import Listing
from functions.core.manifests.operation import Operation
from functions.core.manifests.paging import LastId, NextCursor, NextLink, Paging
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ConfigurationError, Gone, PermanentError, RetryableError
from functions.core.platform.paths import at
from functions.core.platform.platform import Platform
from functions.core.platform.public_https import read_body
from functions.core.platform.times import Clock

MAX_ANSWER_BYTES = 2_000_000
CONNECT_SECONDS = 3.0
PATIENCE_SECONDS = 3.0  # a shorter timeout does not show whether the provider is well
LONGEST_WORD = 80
MOST_CODES = 5
NO_CODE = "no error code"
_WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,60}")
LATER = (423, 425)  # locked and too early (RFC 4918, RFC 8470): nothing was done, and it can be later
SHORTEST_CALL = 0.5  # seconds; with less time left, the outcome would most likely be unknown


class Unwell(RetryableError):
    """The provider is not well, and its circuit counts it; `probe` is True if the call was the circuit's probe."""

    probe = False


class Unreachable(Unwell):
    """Nothing reached the provider."""


class OutcomeUnknown(Unwell):
    """The request may have reached the provider, and no usable answer was received."""


class OutOfTime(RetryableError):
    """The request may have reached the provider, which had too little time to answer.

    It does not count as a failure: otherwise an agent that calls with little time left could open the circuit for all
    others.
    """


class FailureReplayed(OutcomeUnknown):
    """The provider replays the failure that it stored for the idempotency key, and continues to."""


class Busy(RetryableError):
    """The provider answered that it did nothing, and that a retry can succeed."""


class Conflict(Busy):
    """The provider answered 409: another request came first, or is under way."""


class Unauthorized(Busy):
    """The provider does not accept the credential. A rotated one is read within minutes, so the call is retried."""


class Refused(PermanentError):
    """The provider refused the request; `status` is that of its answer, 0 if the refusal is not one of the provider."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class _Answer:
    """An answer: the body's JSON, None for an empty body, and the URL of the next page if a header has it, else ""."""

    read: Any
    next_link: str = ""


class Provider:
    """The HTTP API that `manifest` declares.

    `secret` returns the credential to present. It is called for each call, so that a rotated secret is used. `pool`
    makes the connections. `tenant` has the parts of the hosts that are in the settings. `sandbox` replaces the
    provider's address, on the local stack only.
    """

    def __init__(
        self,
        manifest: ConnectorManifest,
        secret: Callable[[], str],
        pool: urllib3.PoolManager,
        clock: Clock,
        sandbox: str = "",
        tenant: Mapping[str, str] | None = None,
    ) -> None:
        self._manifest = manifest
        self._secret = secret
        self._clock = clock
        filled = {} if sandbox else tenant_of(manifest, tenant or {})
        self._base = (sandbox or manifest.base.format(**filled)).rstrip("/")
        self._pool = pool
        hosts = [host.format(**filled) for host in manifest.hosts] if not sandbox else []
        if not sandbox and urlsplit(self._base).hostname not in hosts:
            raise ConfigurationError(f"{self._base} is not on a host that connector {manifest.name} declares")
        self._installations = Installations(self._send_json, clock)

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`; `key` is the idempotency key of an effect, `seconds` the time until the deadline.

        Returns the answer's JSON, reduced to what the operation keeps; for a list in pages {"items": […], "complete":
        …}. Raises Refused, Gone, Busy, Unreachable, OutcomeUnknown or OutOfTime; if nothing was sent, PermanentError
        for an impossible id or RetryableError if there is too little time.
        """
        if any(arguments[name] in (".", "..") for name in operation.parameters):
            raise PermanentError(
                f"{operation.name}: '.' and '..' are not ids"
            )  # they would be removed from the URL's path
        wire = encoded(operation, arguments)
        headers = {**self._manifest.headers, **operation.headers, **self._presented(operation, arguments, seconds)}
        if key:
            headers["Idempotency-Key"] = key
        if wire.content_type:
            headers["Content-Type"] = wire.content_type
        url = self._base + wire.path + wire.query
        try:
            if operation.paging:
                return self._paged(operation, operation.paging, url, headers, seconds)
            answer = self._send(operation, url, headers, wire.body, seconds)
        except Unauthorized:
            self._installations.forget(headers.get("Authorization", "").removeprefix("Bearer "))
            raise
        kept = trimmed(answer.read, operation.keeps)
        if isinstance(operation, Listing) and operation.cursor:
            return {"items": kept, "after": parameter(self._same_host(answer.next_link), operation.cursor)}
        return kept

    def credential(self) -> str:
        """The credential that it presents now, "" without one. Raises ConfigurationError if its form is wrong."""
        if not has_secret(self._manifest.credential):
            return ""
        secret = self._secret()
        check_credential(self._manifest, secret)
        return secret

    def _presented(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> dict[str, str]:
        app = self._manifest.credential
        if not isinstance(app, GitHubApp):
            return authorization(app, self.credential())
        if operation.as_app:
            return {"Authorization": f"Bearer {self._installations.itself(self.credential())}"}
        repository = [arguments[name] for name in app.parameters]
        token = self._installations.token(self.credential(), repository, operation.permissions, seconds)
        return {"Authorization": f"Bearer {token}"}

    def _paged(self, operation: Operation, paging: Paging, url: str, headers: dict[str, str], seconds: float) -> Any:
        """The items of at most `most` pages; if one page fails, the whole read fails."""
        ends = self._clock() + seconds
        items: list[Any] = []
        following = url
        for _ in range(paging.most):
            answer = self._send(operation, following, headers, None, ends - self._clock())
            page = at(answer.read, paging.items)
            if not isinstance(page, list):
                raise OutcomeUnknown(f"{self._manifest.name} answered without a list at {paging.items!r}")
            items += page
            following = self._next(paging, url, answer, page)
            if not following:
                break
        return {"items": trimmed(items, operation.keeps), "complete": not following}

    def _next(self, paging: Paging, url: str, answer: _Answer, page: list[Any]) -> str:
        """The URL of the page after `page`, "" if it is the last."""
        match paging.by:
            case NextCursor(parameter=parameter, path=path, more=more):
                cursor = at(answer.read, path) if not more or at(answer.read, more) is True else None
                return with_parameter(url, parameter, str(cursor)) if cursor else ""
            case LastId(parameter=parameter, id=id, more=more):
                last = at(page[-1], id) if page and at(answer.read, more) is True else None
                return with_parameter(url, parameter, str(last)) if last else ""
            case NextLink():
                return self._same_host(answer.next_link)

    def _same_host(self, link: str) -> str:
        """The link. The provider chooses it and the credential is sent to it: raises Refused for another host."""
        if link and urlsplit(link)[:2] != urlsplit(self._base)[:2]:
            raise Refused(f"{self._manifest.name} names a next page on another host")
        return link

    def _send(
        self, operation: Operation, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> _Answer:
        answer, content = self._exchange(operation.method, url, headers, body, seconds)
        return self._read(answer, content, operation)

    def _send_json(self, method: str, path: str, headers: Mapping[str, str], body: Any, seconds: float) -> Any:
        """A call that is not an operation: of a GitHub App about itself."""
        content = json.dumps(body).encode() if body is not None else None
        typed = {**self._manifest.headers, **headers, **({"Content-Type": JSON} if content else {})}
        answer, received = self._exchange(method, self._base + path, typed, content, seconds)
        return self._read(answer, received, None).read

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        ends = self._clock() + seconds
        if seconds < SHORTEST_CALL:
            raise RetryableError(f"{seconds:.1f} s are left, too few to call {self._manifest.name}")
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers=dict(headers),
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), total=seconds),
                redirect=False,
                preload_content=False,
            )
            content = read_body(answer, MAX_ANSWER_BYTES, ends, self._clock)
        except urllib3.exceptions.HTTPError as error:
            raise self._unanswered(error, seconds) from None
        return answer, content

    def _unanswered(self, error: urllib3.exceptions.HTTPError, seconds: float) -> RetryableError:
        name = self._manifest.name
        if isinstance(error, urllib3.exceptions.TimeoutError) and seconds < PATIENCE_SECONDS:
            return OutOfTime(f"{name} did not answer within the {seconds:.1f} s that were left")
        if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
            return Unreachable(f"{name} cannot be reached: {error}")
        return OutcomeUnknown(f"{name} did not answer: {error}")

    def _read(self, answer: urllib3.BaseHTTPResponse, content: bytes, operation: Operation | None) -> _Answer:
        summary = f"{self._manifest.name} answered {answer.status}"
        if operation and answer.status in operation.gone:
            raise Gone(f"{summary}: {_reason(content)}")
        limit = self._manifest.rate_limit
        if limited(limit, answer.status, answer.headers, content):
            raise Busy(f"{summary}: its rate limit is reached", wait_of(limit, answer.headers, self._clock()))
        wait = retry_after(answer.headers, self._clock())
        if answer.status == 409:
            raise Conflict(summary, retry_after=wait)
        if answer.status == 401:
            raise Unauthorized(f"{summary}: {_reason(content)}")
        if answer.status == 408:
            raise OutcomeUnknown(summary)
        # 423, 425, and others that say when to ask again, as HubSpot's 477 while it moves an account.
        if answer.status in LATER or (400 <= answer.status < 500 and wait is not None):
            raise Busy(f"{summary}: {_reason(content)}", wait)
        if answer.status >= 500:
            if self._manifest.replayed and answer.headers.get(self._manifest.replayed) == "true":
                raise FailureReplayed(f"{summary}, as it did before")
            raise OutcomeUnknown(summary, retry_after=wait)
        if not 200 <= answer.status < 300:
            raise Refused(f"{summary}: {_reason(content)}", answer.status)
        if len(content) > MAX_ANSWER_BYTES:
            # For a read this is not the provider's fault: a caller that requests too much must not open the circuit.
            said = f"{summary} with more than {MAX_ANSWER_BYTES} bytes"
            is_read = operation is None or operation.kind == "read"
            raise Refused(said, answer.status) if is_read else OutcomeUnknown(said)
        # 204 and similar have no body. A 200 without one was cut, unless the provider never sends one.
        if not content and (answer.status != 200 or (operation and operation.bodiless)):
            return _Answer(None)
        try:
            read = json.loads(content)
        except (ValueError, RecursionError):
            raise OutcomeUnknown(f"{summary} with something that is not JSON") from None
        if self._manifest.verdict:
            _check_verdict(read, self._manifest.verdict, self._manifest.name)
        return _Answer(read, next_link(answer.headers.get("Link", "")))


def _check_verdict(answer: Any, verdict: Verdict, name: str) -> None:
    """Raise Busy, OutcomeUnknown or Refused if the body of a 200 reports it."""
    succeeded = answer.get(verdict.ok) if isinstance(answer, dict) else None
    if succeeded is True:
        return
    word = str(answer.get(verdict.error))[:LONGEST_WORD] if succeeded is False else "what has no verdict"
    if word in verdict.busy:
        raise Busy(f"{name} answered {word}")
    if succeeded is not False or word in verdict.unknown:
        raise OutcomeUnknown(f"{name} answered {word}")
    raise Refused(f"{name} answered {word}")


def _reason(content: bytes) -> str:
    """The provider's error code, not its message, which may quote what a customer wrote."""
    try:
        read = json.loads(content)
        listed = read.get("errors")
        codes = [_code(error) for error in listed[:MOST_CODES]] if isinstance(listed, list) else []
        if set(codes) - {NO_CODE}:  # GitHub's form: the places and the codes, one for each fault
            return ", ".join(codes)[:LONGEST_WORD]
        # HubSpot's and Typeform's forms, whose other parts may quote what was sent.
        named = (str(read.get(name)) for name in ("category", "code") if isinstance(read.get(name), str))
        if found := next(filter(_WORD.fullmatch, named), ""):
            return found
        if "description" in read and _WORD.fullmatch(str(read["error"])):  # Zendesk's form, the message apart
            return str(read["error"])
        return str(read["error"].get("code") or read["error"].get("type"))[:LONGEST_WORD]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return NO_CODE


def _code(error: Any) -> str:
    """One of several errors as "field code"; the error may also be a message, which is left out."""
    words = [error[name] for name in ("field", "code") if error.get(name)] if isinstance(error, Mapping) else []
    return " ".join(str(word) for word in words if _WORD.fullmatch(str(word))) or NO_CODE


def provider(manifest: ConnectorManifest, platform: Platform, kind: type[Provider] = Provider) -> Provider:
    """The provider of a deployed connector, with its credential from Secrets Manager if it has one."""
    environment = ConnectorEnvironment.read(platform.environ)
    name, sandbox = environment.credential, environment.sandbox
    return kind(
        manifest,
        lambda: platform.secret(name) if name else "",
        platform.http() if sandbox else platform.https(),
        platform.clock,
        sandbox,
        json.loads(environment.tenant or "{}"),
    )
