"""Calls to a provider's HTTP API: only to the declared hosts, over HTTPS to public addresses, never redirected.

The address is made of the manifest alone; nothing that an agent or an event says becomes a host. The list is
a guardrail in the process, not a wall (docs/security.md): IAM cannot restrict a function's egress.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3

from functions.core.manifests.connector import ConnectorManifest, Operation, Verdict
from functions.core.platform import aws
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ConfigurationError, PermanentError, RetryableError
from functions.core.platform.public_https import public_https

MAX_ANSWER_BYTES = 2_000_000
CONNECT_SECONDS = 3.0
PATIENCE_SECONDS = 3.0  # who waits for less long learns nothing of how a provider is
LONGEST_RETRY_AFTER = 6  # digits
LONGEST_WORD = 80
SHORTEST_CALL = 0.5  # seconds; with less time left, a call would only end in doubt


class Unwell(RetryableError):
    """The provider is not well, which its circuit counts; `probe` says that the circuit was trying just that."""

    probe = False


class Unreachable(Unwell):
    """Nothing reached the provider."""


class OutcomeUnknown(Unwell):
    """The request may have reached the provider, and no usable answer came back."""


class OutOfTime(RetryableError):
    """The request may have reached the provider, which was given too little time to say anything about it.

    It does not count against the provider: else an agent that asks with next to no time left would close the way to
    all others.
    """


class FailureReplayed(OutcomeUnknown):
    """The provider repeats the failure that it kept under the idempotency key, and would go on doing so."""


class Busy(RetryableError):
    """The provider answered that it did nothing and may later."""


class Refused(PermanentError):
    """The provider answered that it does not do this."""


class Provider:
    """The HTTP API that `manifest` declares.

    `secret` gives the credential to present and is asked for each call, so that a rotated one is picked up. `sandbox`
    replaces the provider's address, on the local stack only.
    """

    def __init__(self, manifest: ConnectorManifest, secret: Callable[[], str], sandbox: str = "") -> None:
        self._manifest = manifest
        self._secret = secret
        self._base = sandbox or manifest.base
        self._pool = urllib3.PoolManager(retries=False) if sandbox else public_https()
        if not sandbox and urlsplit(self._base).hostname not in manifest.hosts:
            raise ConfigurationError(f"{self._base} is not on a host that connector {manifest.name} declares")

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`; `key` is the idempotency key of an effect, `seconds` what is left of the deadline.

        Returns the answer's JSON. Raises Refused, Busy, Unreachable, OutcomeUnknown or OutOfTime; PermanentError or
        RetryableError where nothing was sent, for an impossible id or for want of time.
        """
        if seconds < SHORTEST_CALL:
            raise RetryableError(f"{seconds:.1f} s are left, too few to call {self._manifest.name}")
        if any(arguments[name] in (".", "..") for name in operation.parameters):
            raise PermanentError(f"{operation.name}: '.' and '..' are no ids")  # an URL's path would swallow them
        path = operation.path.format(**{name: quote(str(arguments[name]), safe="") for name in operation.parameters})
        in_path = re.findall(r"{(\w+)}", operation.path)
        given = {**operation.sends, **arguments}
        sent = (*(name for name in operation.parameters if name not in in_path), *operation.takes, *operation.sends)
        fields = {name: _written(given[name]) for name in sent if name in given}
        query = f"?{urlencode(fields)}" if fields and operation.kind == "read" else ""
        headers = {**self._manifest.headers, **self._authorization(), **({"Idempotency-Key": key} if key else {})}
        body = urlencode(fields) if operation.kind == "effect" else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer = self._pool.request(
                operation.method,
                self._base.rstrip("/") + path + query,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), total=seconds),
                redirect=False,
                preload_content=False,
            )
            content = answer.read(MAX_ANSWER_BYTES + 1, decode_content=True)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise self._unanswered(error, seconds) from None
        return self._read(answer, content, operation)

    def _unanswered(self, error: urllib3.exceptions.HTTPError, seconds: float) -> RetryableError:
        name = self._manifest.name
        if isinstance(error, urllib3.exceptions.TimeoutError) and seconds < PATIENCE_SECONDS:
            return OutOfTime(f"{name} did not answer within the {seconds:.1f} s that were left")
        if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
            return Unreachable(f"{name} cannot be reached: {error}")
        return OutcomeUnknown(f"{name} did not answer: {error}")

    def credential(self) -> str:
        """What it presents at this moment. Raises ConfigurationError where no header takes it."""
        credential = self._secret().strip()
        if not credential.isprintable():
            raise ConfigurationError(
                f"the credential of connector {self._manifest.name} holds characters that no header takes"
            )
        return credential

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credential()}"} if self._manifest.credential == "bearer" else {}

    def _read(self, answer: urllib3.BaseHTTPResponse, content: bytes, operation: Operation) -> Any:
        said = f"{self._manifest.name} answered {answer.status}"
        if answer.status in (409, 429):
            raise Busy(said, retry_after=_retry_after(answer.headers))
        if answer.status >= 500:
            if self._manifest.replayed and answer.headers.get(self._manifest.replayed) == "true":
                raise FailureReplayed(f"{said}, as it did before")
            raise OutcomeUnknown(said, retry_after=_retry_after(answer.headers))
        if not 200 <= answer.status < 300:
            raise Refused(f"{said}: {_reason(content)}")
        if len(content) > MAX_ANSWER_BYTES:
            # Of a read it says nothing of how the provider is: who asks for much must not close the way to all others.
            raise (Refused if operation.kind == "read" else OutcomeUnknown)(
                f"{said} with more than {MAX_ANSWER_BYTES} bytes"
            )
        try:
            read = json.loads(content)
        except (ValueError, RecursionError):
            raise OutcomeUnknown(f"{said} with something that is not JSON") from None
        if self._manifest.verdict:
            _judge(read, self._manifest.verdict, self._manifest.name)
        return read


def _judge(answer: Any, verdict: Verdict, name: str) -> None:
    """Raise Busy, OutcomeUnknown or Refused where the body of a 200 says so."""
    said = answer.get(verdict.ok) if isinstance(answer, dict) else None
    if said is True:
        return
    word = str(answer.get(verdict.error))[:LONGEST_WORD] if said is False else "what has no verdict"
    if word in verdict.busy:
        raise Busy(f"{name} answered {word}")
    if said is not False or word in verdict.unknown:
        raise OutcomeUnknown(f"{name} answered {word}")
    raise Refused(f"{name} answered {word}")


def _written(value: Any) -> str:
    """An argument as forms and queries have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) <= LONGEST_RETRY_AFTER else None


def _reason(content: bytes) -> str:
    """The provider's error code: a word of its API, not its message, which may proposal what a customer wrote."""
    try:
        error = json.loads(content)["error"]
        return str(error.get("code") or error.get("type"))[:LONGEST_WORD]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "no error code"


def provider(
    manifest: ConnectorManifest, environment: ConnectorEnvironment, kind: type[Provider] = Provider
) -> Provider:
    """The provider of a connector in Lambda, with the credential that is in Secrets Manager, where it has one."""
    name = environment.credential
    return kind(manifest, lambda: aws.secret(name) if name else "", environment.sandbox)
