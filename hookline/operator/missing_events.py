"""Has the reconcile service look for events that a provider sent and that did not arrive."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.identities import function_name
from functions.core.platform.times import rfc3339
from functions.core.reconcile.table import ROW, Last, last_of
from hookline.operator import known
from hookline.operator.account import Account, Clients
from hookline.operator.errors import OperatorError
from hookline.operator.operator_trail import record_action
from infra import naming

# An answer must come before the SDK gives up, because it would then invoke the service again.
SECONDS = 50


def can_be_reconciled(source: str) -> bool:
    """Whether its provider lists what it sent."""
    return source in known.find().project.reconciles


def reconcile(account: Account, source: str, since: float | None, dry: bool) -> dict[str, Any]:
    """The service's report on `source`, from `since` in unix seconds or from where the last run ended.

    With `dry`, nothing is published. Raises OperatorError if the source cannot be reconciled here, or the service
    refuses or fails.
    """
    can = sorted(known.find().project.reconciles)
    if source not in can:
        raise OperatorError(f"source {source} has no reconcile.py, so it cannot be reconciled; {', '.join(can)} can")
    payload = {"source": source, "dry": dry, "seconds": SECONDS, **({} if since is None else {"since": since})}
    if not dry:
        record_action(account, "reconciled", resource=f"webhook.{source}", action="reconcile")
    said = _invoke(account, payload)
    if "error" in said:
        raise OperatorError(str(said["error"]))
    return _shown(said)


def last_runs(account: Clients) -> dict[str, Last]:
    """The last run of each source that can be reconciled and was."""
    names = sorted(known.find().project.reconciles)
    keys = [{"id": {"S": f"{ROW}{name}"}} for name in names]
    if not keys:
        return {}
    asked = {naming.DELIVERIES_TABLE: {"Keys": keys, "ConsistentRead": True}}
    found = account.client("dynamodb").batch_get_item(RequestItems=asked)["Responses"][naming.DELIVERIES_TABLE]
    return {item["id"]["S"].removeprefix(ROW): last_of(item) for item in found}


def _invoke(account: Account, payload: Mapping[str, Any]) -> dict[str, Any]:
    source = payload["source"]
    name = function_name("service.reconcile")
    try:
        answer = account.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise OperatorError(_not_deployed(source)) from None
        raise OperatorError(f"the reconcile service cannot be invoked: {error}") from None
    except BotoCoreError as error:
        raise OperatorError(f"the reconcile service cannot be invoked: {error}") from None
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        what = said.get("errorMessage", "no reason given")
        raise OperatorError(f"the reconcile service failed: {what}; 'hookline logs reconcile' says more")
    return said


def _not_deployed(source: str) -> str:
    what = f'set "reconcile": {{"{source}": 60}} in cdk.json and deploy'
    return f"the reconcile service is not deployed here: {what} (on the local stack, an agent must use {source})"


def _shown(said: Mapping[str, Any]) -> dict[str, Any]:
    """The report with times as text, and what is lost counted."""
    report = dict(said["report"])
    missing = [{**one, "at": rfc3339(one["at"])} for one in report.pop("missing")]
    times = {name: rfc3339(report[name]) for name in ("since", "until")}
    return {**report, **times, "missing": missing, "lost": said["lost"], "whole": said["whole"]}
