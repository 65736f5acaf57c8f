"""The deliveries that the tests of the verifier send, its answers, and what it keeps."""

from functions.core.events import catalogue
from functions.core.ingress.receive import Answer
from functions.core.manifests.source import Reading
from functions.core.manifests.tenant import OneTenant

URL, ADDRESS = "https://hooks.example.test/webhooks/stripe", "192.0.2.7"
SECRETS = {"new": "whsec_the_new_secret_of_these_tests", "old": "whsec_the_old_secret_of_these_tests"}
PAYMENT = catalogue.events()["payment.succeeded"].example
CHARGE = f"stripe:charge/{PAYMENT['charge']}"
BODY = {"id": "evt_1", "type": "charge.succeeded", "created": 1_790_000_001, "data": PAYMENT}

OK, DUPLICATE, TRY_AGAIN = Answer(200), Answer(200, "Duplicate"), Answer(503, "TryAgain")


def reading(identity, **fields) -> Reading:
    """A reading of BODY with this identity."""
    return Reading(type=["type"], identity=identity, tenant=OneTenant("a test"), **fields)


def objects(s3) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket="bodies").get("Contents", [])
    return {item["Key"]: s3.get_object(Bucket="bodies", Key=item["Key"])["Body"].read() for item in listed}


def state(dynamodb, id: str = "stripe:evt_1") -> str | None:
    item = dynamodb.get_item(TableName="deliveries", Key={"id": {"S": id}}).get("Item")
    return item and item["status"]["S"]
