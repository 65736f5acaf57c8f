"""Patches the emulator: IAM condition keys and identities that Hookline needs and that it does not provide.

ministack evaluates conditions well but leaves `events:source`, `events:detail-type` and
`dynamodb:LeadingKeys` empty: the first two then deny every publisher, and the last, under `ForAllValues`,
allows every row. `apply()` fills them from the request, once for each part that AWS authorises separately, and
names Bedrock's Converse operations, SQS's batches and the `aws:PrincipalArn` of a role's session like AWS.
With the patches, a message's `SenderId` is the role that sent it rather than the account, a schedule is in its group
rather than in the default one, a function sees the alias that EventBridge invokes, a secret that a stack creates
without a value has none rather than "", and a bucket that a stack creates with an object lock has it.

A key that cannot be read is never omitted, because an absent key may allow: it becomes `UNREADABLE`.
"""

import functools
import json
import string
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from importlib.metadata import version
from types import ModuleType
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import dynamodb, iam, lambda_svc, s3, secretsmanager, sqs
from ministack.services.cloudformation import provisioners

Json = dict[str, Any]

MINISTACK = "1.5.33"
UNREADABLE = ""  # DynamoDB refuses an empty key, so no policy that names rows can match it
# Operations that AWS authorises under another operation's name.
ACTIONS = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
# Actions that ministack does not name, and would otherwise allow to anyone.
MAPPINGS = {
    "GET": "lambda:GetEventSourceMapping",
    "PUT": "lambda:UpdateEventSourceMapping",
    "DELETE": "lambda:DeleteEventSourceMapping",
}
TARGETED = ("dynamodb", "events", "secretsmanager")
BODY = 3  # its position among the arguments of `extract_resource_arn` after the service
ROW_ACTIONS = {"GetItem": "Key", "UpdateItem": "Key", "DeleteItem": "Key", "PutItem": "Item"}

# The operation and body of the current request; enforcement runs in the same task that named its action.
_request: ContextVar[tuple[str, Json]] = ContextVar("hookline_request", default=("", {}))


class UnsupportedEmulator(Exception):
    """The installed version of ministack is not the one that these patches are written for."""


def apply() -> None:
    """Patch ministack in this process, before it serves requests.

    Raises `UnsupportedEmulator` if its version is not `MINISTACK` or a function to patch is missing.
    """
    if (found := version("ministack")) != MINISTACK:
        raise UnsupportedEmulator(f"ministack {found} is installed, the local stack needs {MINISTACK}")
    replace(iam_actions, "extract_iam_action", _note_request)
    replace(iam_actions, "extract_resource_arn", _name_group)
    replace(iam_actions, "dynamodb_resource_arns", _address_what_is_used)
    replace(iam_actions, "dynamodb_transaction_checks", _check_each_kind_once)
    replace(iam_evaluator, "enforce", _enforce_every_part)
    replace(iam_evaluator, "_resolve_condition_key", _principal_is_its_role)
    replace(sqs, "_build_send_sys_attrs", _name_sender)
    replace(lambda_svc, "_get_func_record_for_ref", _name_alias)
    replace(lambda_svc, "_run_sqs_batch", _deliver_senders)
    replace(provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"], "create", _create_secret)
    replace(provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"], "create", _create_bucket)


def replace(place: ModuleType | Json, name: str, wrapper: Callable[..., Any]) -> None:
    """Replace a module's function by `wrapper(original, *args, **kwargs)`.

    Raises `UnsupportedEmulator` if the function is missing.
    """
    names = place if isinstance(place, dict) else vars(place)
    original = names.get(name)
    if not callable(original):
        raise UnsupportedEmulator(f"ministack {MINISTACK} has no {name} to patch in {place!r:.80}")
    names[name] = functools.wraps(original)(functools.partial(wrapper, original))


def _note_request(
    original: Callable[..., Any],
    service: str,
    method: str,
    path: str,
    headers: Json,
    body: bytes,
    query_params: Json,
) -> str | None:
    if service in TARGETED:
        # These services read only the target header, but an Action parameter would be authorised in its place.
        headers, query_params = {**headers, "content-type": "application/x-amz-json-1.1"}, {}
    action = original(service, method, path, headers, body, query_params)
    if service == "lambda" and "/event-source-mappings/" in path.rstrip("/"):
        action = MAPPINGS.get(method, action)
    _request.set(((action or "").partition(":")[2], _json_object(body) if service in TARGETED else {}))
    return ACTIONS.get(action, action)


def _name_group(original: Callable[..., Any], service: str, *request: Any) -> str:
    """The resource of a request; a new schedule is in its own group, not always in the default one."""
    arn = original(service, *request)
    if service != "scheduler":
        return arn
    group = _json_object(request[BODY]).get("GroupName")
    return arn.replace(":schedule/default/", f":schedule/{group}/") if isinstance(group, str) else arn


def _address_what_is_used(original: Callable[..., Any], body: bytes, region: str, account_id: str) -> list[str]:
    # A member that is not part of the operation would be authorised in place of the tables that it uses.
    operation, request = _request.get()
    unused = {"TableName"} if operation.startswith("Batch") else set()
    if operation not in ("Query", "Scan"):
        unused.add("IndexName")
    used = {name: value for name, value in request.items() if name not in unused}
    return original(json.dumps(used).encode(), region, account_id)


def _check_each_kind_once(original: Callable[..., Any], *args: Any) -> list[tuple[str, str]]:
    # One check per action and table covers all its items: `_enforce_every_part` enforces each of them.
    return list(dict.fromkeys(original(*args)))


def _enforce_every_part(
    original: Callable[..., Any],
    access_key_id: str,
    iam_action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: Json | None = None,
) -> Any:
    for keys in _parts(service, iam_action, resource_arn, region):
        denied = original(
            access_key_id,
            iam_action,
            service,
            region,
            resource_arn=resource_arn,
            service_context={**(service_context or {}), **keys},
        )
        if denied:
            return denied
    return None


def _parts(service: str, iam_action: str, resource_arn: str, region: str) -> list[Json]:
    """The condition keys of every part of the request that AWS authorises separately; at least one part."""
    operation, body = _request.get()
    parts: list[Json] = []
    if iam_action == "events:PutEvents":
        parts = [_event_keys(entry) for entry in _objects(body.get("Entries")) if _bus(entry, region) == [resource_arn]]
    elif service == "dynamodb" and operation.startswith("Transact"):
        parts = [
            {"dynamodb:LeadingKeys": _row(detail, member)}
            for member, detail in _transaction_items(body, iam_action, resource_arn, region)
        ]
    elif service == "dynamodb" and (rows := _leading_keys(operation, body, resource_arn, region)) is not None:
        parts = [{"dynamodb:LeadingKeys": rows, **(_selected(body) if operation == "Query" else {})}]
    return parts or [{}]


def _event_keys(entry: Json) -> Json:
    named = {"events:source": entry.get("Source"), "events:detail-type": entry.get("DetailType")}
    return {key: value for key, value in named.items() if isinstance(value, str)}


def _bus(entry: Json, region: str) -> list[str]:
    return iam_actions.eventbridge_resource_arns(json.dumps({"Entries": [entry]}).encode(), region, get_account_id())


def _transaction_items(body: Json, iam_action: str, table_arn: str, region: str) -> Iterable[tuple[str, Json]]:
    for item in _objects(body.get("TransactItems")):
        for member, action in iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS.items():
            detail = _object(item.get(member))
            if action == iam_action and _arn(detail.get("TableName"), region) == table_arn:
                yield ("Item" if member == "Put" else "Key"), detail


def _leading_keys(operation: str, body: Json, table_arn: str, region: str) -> list[str] | None:
    """The partition keys that a request names in one table; None for an operation without any, such as Scan."""
    if operation in ROW_ACTIONS:
        return _row(body, ROW_ACTIONS[operation])
    if operation == "Query":
        return _queried(body)
    if operation not in ("BatchGetItem", "BatchWriteItem"):
        return None
    rows: list[str] = []
    for name, wanted in _object(body.get("RequestItems")).items():
        if _arn(name, region) == table_arn:
            for keys in _batch(wanted):
                rows += _row({"TableName": name, "Row": keys}, "Row")
    return rows or [UNREADABLE]


def _batch(wanted: Any) -> list[Any]:
    """The keys and items of one table in a batch, of reads and writes."""
    reads = _object(wanted).get("Keys")
    writes = [
        _object(request.get(member)).get(field)
        for request in _objects(wanted)
        for member, field in (("PutRequest", "Item"), ("DeleteRequest", "Key"))
        if member in request
    ]
    return [*(reads if isinstance(reads, list) else []), *writes]


def _row(request: Json, field: str) -> list[str]:
    table, attributes = _table(request), _object(request.get(field))
    # Read by ministack's own function, so that the authorised row is the row that it accesses.
    return [str(dynamodb._extract_key_val(attributes.get(table.get("pk_name", ""))) or UNREADABLE)]


def _queried(body: Json) -> list[str]:
    """The partition key of a Query, of the index if it names one."""
    table, index = _table(body), body.get("IndexName")
    definition = dynamodb._index_def(table, index) if index else None
    names = dynamodb._index_key_lists(definition)[0] if definition else [table.get("pk_name")]
    return [str(_condition_value(body, name) or UNREADABLE) for name in names]


def _selected(body: Json) -> Json:
    """What a Query reads of an item: the attributes that it projects, and those of its key condition."""
    names, selected = _object(body.get("ExpressionAttributeNames")), body.get("Select")
    found = {"dynamodb:Select": selected} if isinstance(selected, str) else {}
    projection, condition = body.get("ProjectionExpression"), body.get("KeyConditionExpression")
    if not isinstance(projection, str) or not isinstance(condition, str):
        return found
    key = [name for name in _table(body).values() if isinstance(name, str) and name in condition.split()]
    wanted = [names.get(name.strip(), name.strip()) for name in projection.split(",")]
    return {**found, "dynamodb:Attributes": [*map(str, wanted), *key]}


def _condition_value(body: Json, name: str | None) -> str | None:
    expression, legacy = body.get("KeyConditionExpression"), _object(body.get("KeyConditions"))
    if not name or not isinstance(expression, str | None):
        return None
    if legacy:
        condition = _object(legacy.get(name))
        return dynamodb._extract_pk_from_key_conditions({name: condition}, name)
    return dynamodb._extract_pk_from_condition(
        expression,
        _object(body.get("ExpressionAttributeValues")),
        _object(body.get("ExpressionAttributeNames")),
        name,
    )


def _table(request: Json) -> Json:
    name = request.get("TableName")
    table = dynamodb._tables.get(dynamodb._normalize_table_name(name)) if isinstance(name, str) else None
    return table or {}


def _arn(table: Any, region: str) -> str:
    return iam_actions._dynamodb_table_arn(table, region, get_account_id()) if isinstance(table, str) else ""


def _principal_is_its_role(original: Callable[..., Any], key: str, context: Any) -> Any:
    """`aws:PrincipalArn` of a role's session is the role's ARN, not the session's."""
    value = original(key, context)
    if key.lower() != "aws:principalarn" or not isinstance(value, str):
        return value
    role = value.partition(":assumed-role/")[2].partition("/")[0]
    known = iam._roles.get(role) if role else None
    return known["Arn"] if known else value


def _name_sender(original: Callable[..., Any], *args: Any) -> Json:
    """The attributes of a new message; the sender is `ROLE-ID:SESSION` if a role's session sends it."""
    role, _, session = iam_evaluator.caller_arn().partition(":assumed-role/")[2].partition("/")
    known = iam._roles.get(role) if session else None
    return {**original(*args), **({"SenderId": f"{known['RoleId']}:{session}"} if known else {})}


def _deliver_senders(
    original: Callable[..., Any],
    mapping: Json,
    function: Json,
    event: Json,
    batch: list[Json],
    *queue: Any,
) -> None:
    senders = {message["id"]: message["sys"]["SenderId"] for message in batch if "sys" in message}
    for record in event["Records"]:
        record["attributes"]["SenderId"] = senders.get(record["messageId"], record["attributes"]["SenderId"])
    original(mapping, function, event, batch, *queue)


def _name_alias(original: Callable[..., Any], reference: str) -> tuple[Json | None, Json | None, str]:
    """The function that EventBridge invokes, with the ARN of the alias by which it is invoked."""
    function, config, name = original(reference)
    *_, qualifier = parts = reference.split(":")
    by_alias = config is not None and len(parts) == 8 and not qualifier.isdigit() and qualifier != "$LATEST"
    return function, {**config, "FunctionArn": reference} if by_alias else config, name


def _create_secret(original: Callable[..., Any], logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
    generates = _object(properties.get("GenerateSecretString"))
    if generates.get("ExcludePunctuation") in (True, "true"):  # else one key in 94 would begin like a JSON object
        without = {**generates, "ExcludeCharacters": generates.get("ExcludeCharacters", "") + string.punctuation}
        properties = {**properties, "GenerateSecretString": without}
    name, attributes = original(logical_id, properties, stack)
    if not {"SecretString", "GenerateSecretString"} & properties.keys():
        secretsmanager._secrets[name]["Versions"].clear()  # as on AWS: created without a value, it has none
    return name, attributes


def _create_bucket(original: Callable[..., Any], logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
    name, attributes = original(logical_id, properties, stack)
    if properties.get("ObjectLockEnabled"):
        lock = _object(_object(properties.get("ObjectLockConfiguration")).get("Rule")).get("DefaultRetention")
        days = {"Days": int(lock["Days"])} if lock else {}
        s3._bucket_object_lock[name] = {"enabled": True, "default_retention": {**lock, **days} if lock else None}
    return name, attributes


def _json_object(body: bytes) -> Json:
    try:
        return _object(json.loads(body or b"{}"))
    except ValueError:
        return {}


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
