"""The least that a handler with boto3 can be: it makes the clients that it is told to, and answers 200."""

import os
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 3})
CLIENTS = [boto3.client(service, config=CONFIG) for service in os.environ["BENCH_SERVICES"].split()]


def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer 200."""
    return {"statusCode": 200, "body": ""}
