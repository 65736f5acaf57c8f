"""Reviews: what an agent asked a person to decide, on record until they do."""

import json
from typing import Any

from botocore.exceptions import ClientError

from functions.core.canonical import digest
from functions.core.event import Event


class Reviews:
    """The reviews in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def open(self, event: Event) -> bool:
        """Put what `event` (approval.required) asks on record; False where it was there already."""
        item = {
            "id": {"S": event.id},
            "status": {"S": "open"},
            "subject": {"S": event.subject},
            "correlation": {"S": event.correlationid},
            "opened": {"S": event.time},
            "expires_at": {"N": str(event.data["expires"])},
            "action_digest": {"S": digest(event.data["action"])},
            "request": {"S": json.dumps(dict(event.data), ensure_ascii=False)},
            "grant": {"S": event.grant},
        }
        try:
            self._dynamodb.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(id)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True
