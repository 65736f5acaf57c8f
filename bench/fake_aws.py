"""AWS for one verifier, in memory: it returns responses instead of the network calls of botocore's clients.

It imports nothing that would add to a cold start.
"""

from typing import Any

SIGNING_SECRET = "whsec_a-secret-of-the-bench"  # noqa: S105 - an example value, no real secret
GRANT_KEY = "a grant key of the bench, 32 characters or more"
REGION = "eu-central-1"
QUEUE = f"https://sqs.{REGION}.amazonaws.com/123456789012/bench"

# The environment of Stripe's verifier, and the variables of any Lambda function.
ENVIRONMENT = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "HOOKLINE_STARTS": "functions.core.ingress.handlers.verifier",
    "HOOKLINE_AUDIT_QUEUE_URL": QUEUE,
    "HOOKLINE_SPILL_QUEUE_URL": QUEUE,
    "HOOKLINE_SOURCE": "stripe",
    "HOOKLINE_PUBLIC_URL": "https://hooks.example.com",
    "HOOKLINE_BUS": "bench",
    "HOOKLINE_DELIVERIES_TABLE": "bench",
    "HOOKLINE_BODIES_BUCKET": "bench",
    "HOOKLINE_SIGNING_SECRET": "signing",
    "HOOKLINE_GRANT_KEY": "grant",
    "HOOKLINE_ADDRESSES": "enforced",
}


class FakeAws:
    """The secrets, the delivery table, the bus and the queues of one verifier."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def install(self) -> None:
        """Handle every call of every client, including existing ones."""
        from botocore.client import BaseClient

        BaseClient._make_api_call = lambda client, operation, arguments: self.answer(operation, arguments)

    def answer(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The response to a call. Raises ClientError for an item that exists already."""
        match operation:
            case "GetSecretValue":
                return {"SecretString": SIGNING_SECRET if arguments["SecretId"] == "signing" else GRANT_KEY}
            case "GetItem":
                return {}
            case "PutItem":
                self._put(arguments["Item"])
            case "UpdateItem":
                self.items[arguments["Key"]["id"]["S"]]["status"] = {"S": "published"}
            case "PutEvents":
                return {"FailedEntryCount": 0, "Entries": []}
        return {}

    def _put(self, item: dict[str, Any]) -> None:
        taken = self.items.get(item["id"]["S"])
        if taken:
            from botocore.exceptions import ClientError

            error = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "taken"}, "Item": taken}
            raise ClientError(error, "PutItem")
        self.items[item["id"]["S"]] = dict(item)
