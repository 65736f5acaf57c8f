"""Policies, events and resources of AWS in one line each."""

import json
from typing import Any

from hookline.local.emulator import ACCOUNT, REGION, Emulator


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in the emulator's account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def allow(action: str | list[str], resource: str, condition: dict | None = None) -> dict:
    """A policy statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def policy(*statements: dict) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def entry(source: str, detail_type: str, bus: str) -> dict:
    """An entry of PutEvents."""
    return {"Source": source, "DetailType": detail_type, "Detail": "{}", "EventBusName": bus}


def create_role(emulator: Emulator, name: str, *statements: dict, boundary: str | None = None) -> str:
    """Create a role that Lambda and the account may assume; returns its ARN."""
    iam = emulator.client("iam")
    limits = {"PermissionsBoundary": boundary} if boundary else {}
    trusted = {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), **limits)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy(*statements))
    return role["Arn"]


def create_table(emulator: Emulator, name: str, key: str = "pk", **more: Any) -> None:
    """Create a table with a hash key only; `more` is passed on to CreateTable, `attributes` added to its own."""
    attributes = [{"AttributeName": key, "AttributeType": "S"}, *more.pop("attributes", [])]
    emulator.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=attributes,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        **more,
    )


def create_queue(emulator: Emulator, name: str, **attributes: str) -> str:
    """Create a queue; returns its URL."""
    return emulator.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def receive(emulator: Emulator, url: str, wait: int = 10) -> list[dict]:
    """Up to ten messages of a queue with their attributes; waits up to `wait` seconds for the first."""
    return (
        emulator.client("sqs")
        .receive_message(QueueUrl=url, WaitTimeSeconds=wait, MaxNumberOfMessages=10, AttributeNames=["All"])
        .get("Messages", [])
    )
