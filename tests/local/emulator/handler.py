"""The Lambda function of every actor: makes the call in its event, consumes queues, and echoes HTTP requests."""

import functools
import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

client = functools.cache(boto3.client)


def handler(event: dict[str, Any], context: Any) -> Any:
    if "Records" in event:
        return consume(event["Records"])
    if "requestContext" in event:
        return {"statusCode": 200, "body": json.dumps(event)}
    if "report" in event:
        return client("sqs").send_message(QueueUrl=os.environ["REPORTS"], MessageBody=context.invoked_function_arn)
    if "operation" not in event:
        return {"arn": context.invoked_function_arn}
    try:
        answer = getattr(client(event["service"]), event["operation"])(**event["parameters"])
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}
    if "Payload" in answer:
        answer["Payload"] = json.loads(answer["Payload"].read())
    return {"answer": json.loads(json.dumps(answer, default=str))}


def consume(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Append each message to its queue's row, and fail those whose body is "poison"."""
    failed = []
    for record in records:
        client("dynamodb").update_item(
            TableName=os.environ["SEEN"],
            Key={"pk": {"S": record["eventSourceARN"]}},
            UpdateExpression="SET seen = list_append(if_not_exists(seen, :none), :one)",
            ExpressionAttributeValues={":none": {"L": []}, ":one": {"L": [{"S": noted(record)}]}},
        )
        if record["body"] == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def noted(record: dict[str, Any]) -> str:
    """The message's body, or its sender's id if the body is "sender"."""
    return record["attributes"]["SenderId"] if record["body"] == "sender" else record["body"]
