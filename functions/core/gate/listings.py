"""Listings through the gate: the reconcile service reads what a provider says it sent.

No event caused such a read, so there is no grant; none could name what a listing returns. The authority is the alias,
which IAM lets the reconcile service alone invoke, and what the connector's manifest declares.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.gate.arguments import check_arguments
from functions.core.gate.call import RESERVE_SECONDS
from functions.core.gate.effects import Performer
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.listing import Redelivery
from functions.core.platform.canonical import digest
from functions.core.platform.errors import Denied, HooklineError
from functions.core.platform.log import place

CALLER = "service.reconcile"
LONGEST_NAME = 100  # characters of a listing's name


class Listings:
    """The listings of one connector, for the reconcile service."""

    def __init__(self, manifest: ConnectorManifest, performer: Performer, audit: Audit) -> None:
        self._manifest = manifest
        self._performer = performer
        self._audit = audit

    def read(self, payload: Any) -> Any:
        """The provider's answer to {"listing": name, "arguments": {…}}.

        Raises Denied, PermanentError or RetryableError; each is on the audit trail with its reason.
        """
        name, arguments = _request(payload)
        about: dict[str, Any] = {"action": f"{self._manifest.name}:{name}", "resource": CALLER}
        try:
            sent = {"arguments": digest(arguments)}
            about["digests"] = sent
            listing = self._manifest.listing(name)
            if listing is None:
                raise Denied(f"connector {self._manifest.name} declares no listing {name!r}")
            check_arguments(listing, arguments)
            if isinstance(listing, Redelivery):
                return self._redelivered(listing, arguments, about)
            answer = self._performer.call(listing, arguments, None, self._manifest.seconds - RESERVE_SECONDS)
            about["digests"] = {**sent, "answer": digest(answer)}
            self._audit.record("read", decision="permit", **about)
            return answer
        except (HooklineError, ClientError, BotoCoreError) as error:
            kind = "denied" if isinstance(error, Denied) else "failed"
            self._audit.record(kind, decision=type(error).__name__, reason=str(error), **about)
            raise
        except Exception as error:
            # A fault of ours. Its message may quote what the provider sent, so only its place is recorded.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **about)
            raise
        finally:
            self._audit.flush()

    def _redelivered(self, redelivery: Redelivery, arguments: Mapping[str, Any], about: Mapping[str, Any]) -> Any:
        """The request is on record before it is made; the delivery itself is on the verifier's."""
        self._audit.record("redelivered", decision="attempted", **about)
        self._audit.flush()
        answer = self._performer.call(redelivery, arguments, None, self._manifest.seconds - RESERVE_SECONDS)
        self._audit.record("redelivered", decision="accepted", **about)
        return answer


def _request(payload: Any) -> tuple[str, Mapping[str, Any]]:
    """The name of the listing, and the arguments. What is malformed is read as a listing that nothing declares."""
    given = payload if isinstance(payload, dict) else {}
    name, arguments = given.get("listing"), given.get("arguments")
    if isinstance(name, str) and len(name) <= LONGEST_NAME and isinstance(arguments, dict):
        return name, arguments
    return "", {}
