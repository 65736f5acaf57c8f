"""The minimal handler with boto3: it creates the given clients and returns 200."""

import os
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})
CLIENTS = [boto3.client(service, config=CONFIG) for service in os.environ["BENCH_SERVICES"].split()]


def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return a response with status 200."""
    return {"statusCode": 200, "body": ""}
