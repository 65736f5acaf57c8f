"""DynamoDB in this process: moto's, called without HTTP, so that a call takes tenths of a millisecond.

moto evaluates expressions and conditions as it does behind boto3; only the SDK between a function and DynamoDB is left
out. Each `Tables` is a DynamoDB of its own: nothing is patched, and no other one sees what is in it.
"""

import copy
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from hookline.simulation.process import Paginator

_ACCOUNT, _REGION = "111122223333", "us-east-1"


class Tables:
    """A DynamoDB client with `tables`, which are requests to create them; it has the methods of boto3's client."""

    def __init__(self, tables: Iterable[Mapping[str, Any]]) -> None:
        self._backend = _Backend(_REGION, _ACCOUNT)
        self._method = cache(self._call_of)
        for table in tables:
            self.create_table(**table)

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        if method.startswith("_") or not hasattr(DynamoHandler, method):
            raise AttributeError(method)
        return self._method(method)

    def get_paginator(self, operation: str) -> Paginator:
        """A paginator of an operation."""
        return Paginator(self._method(operation))

    def _call_of(self, method: str) -> Callable[..., dict[str, Any]]:
        def call(**request: Any) -> dict[str, Any]:
            handler = _Handler(self._backend, request)
            try:
                answer: dict[str, Any] = getattr(handler, method)().result or {}
            except (JsonRESTError, ServiceException) as error:
                raise _client_error(error, method) from None
            found = copy.deepcopy(answer)  # moto answers with parts of what it keeps
            found.pop("ConsumedCapacityUnits", None)  # no part of DynamoDB's answers: boto3 drops it
            return found

        return call


class _Backend(DynamoDBBackend):
    """moto's tables, of which a transaction copies what it touches: moto copies each table whole, each time."""

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        """As moto's; what failed is undone by the copies."""
        touched: dict[str, list[Mapping[str, Any]]] = {}
        for action in transact_items:
            for write in action.values():
                touched.setdefault(write.get("TableName", ""), []).append(write.get("Key") or write.get("Item") or {})
        tables = [self.tables[name] for name in touched if name in self.tables]
        for table in tables:
            # copy.deepcopy asks the object itself
            vars(table)["__deepcopy__"] = partial(_with_own, table, touched[table.name])
        try:
            super().transact_write_items(transact_items)
        finally:
            for table in tables:
                vars(table).pop("__deepcopy__", None)


def _with_own(table: Table, keys: Iterable[Mapping[str, Any]], memo: dict[int, Any]) -> Table:
    """A copy of a table that shares its items with it, but for those with these keys."""
    made = copy.copy(table)
    vars(made).pop("__deepcopy__", None)
    made.items = copy.copy(table.items)
    for key in keys:
        if table.hash_key_attr not in key:
            continue
        partition = DynamoType(key[table.hash_key_attr])
        if partition not in made.items:
            continue
        if table.range_key_attr is None:
            made.items[partition] = copy.deepcopy(table.items[partition])
            continue
        held = made.items[partition] = copy.copy(made.items[partition])
        sort = DynamoType(key[table.range_key_attr]) if table.range_key_attr in key else None
        if sort in held:
            held[sort] = copy.deepcopy(held[sort])
    return made


class _Handler(DynamoHandler):
    """moto's handler of one request."""

    def __init__(self, backend: DynamoDBBackend, request: Mapping[str, Any]) -> None:
        super().__init__()
        self._backend = backend
        self.body = copy.deepcopy(dict(request))  # moto keeps parts of it
        self.params = self.body
        self.region, self.current_account = _REGION, _ACCOUNT

    @property
    def dynamodb_backend(self) -> DynamoDBBackend:
        """The backend of these tables, not the one that moto shares."""
        return self._backend


def _client_error(error: Exception, method: str) -> ClientError:
    """The error that boto3 raises for moto's; moto writes some of its fields as JSON."""
    try:
        said = json.loads(getattr(error, "description", "") or "{}")
    except ValueError:
        said = {}
    code = str(said.get("__type") or getattr(error, "error_type", "") or getattr(error, "code", ""))
    message = said.get("Message") or said.get("message") or getattr(error, "message", "")
    response = {"Error": {"Code": code.rpartition("#")[2], "Message": str(message)}}
    more = {name: said[name] for name in ("Item", "CancellationReasons") if name in said}
    return ClientError(response | more, re.sub(r"(?:^|_)(\w)", lambda found: found[1].upper(), method))
