"""Attempts on AWS and on the provider directly, past every part of Hookline."""

from collections.abc import Iterator

from hookline.local.emulator import ACCOUNT, REGION
from infra import naming
from tests.local.hostile.attempt import CLOUDTRAIL, DENIED, PROVIDER, Attempt, World
from tests.local.hostile.instructions import aws, http


def past_hookline(world: World) -> Iterator[Attempt]:
    """Calls that involve no code of Hookline."""
    yield from _on_data(world)
    yield from _on_the_deployment(world)
    yield from _on_the_provider(world)


def _on_data(world: World) -> Iterator[Attempt]:
    """Messages, rows and secrets of others."""
    others = (queue for queue in naming.AUDIT_QUEUES.values() if queue != naming.audit_queue("agent.hostile"))
    for name in (naming.agent("accomplice"), naming.SPILL_QUEUE, naming.service("context"), *others):
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if name.endswith(".fifo") else {}
        instruction = aws("sqs", "send_message", QueueUrl=f"{world.queues}/{name}", MessageBody="{}", **fifo)
        yield Attempt(f"send to the queue {name}", instruction, DENIED, CLOUDTRAIL)
    for name in (naming.agent("accomplice"), naming.audit_queue("agent.hostile")):
        instruction = aws("sqs", "receive_message", QueueUrl=f"{world.queues}/{name}")
        yield Attempt(f"receive from the queue {name}", instruction, DENIED, CLOUDTRAIL)
    tables = {
        naming.LEDGER_TABLE: "key",
        naming.BUDGETS_TABLE: "id",
        naming.BREAKERS_TABLE: "id",
        naming.REVIEWS_TABLE: "id",
        naming.DELIVERIES_TABLE: "id",
        f"{naming.agent('accomplice')}-idempotency": "id",
    }
    for table, key in tables.items():
        row = {"TableName": table, "Key": {key: {"S": "x"}}}
        change = {"UpdateExpression": "SET s = :s", "ExpressionAttributeValues": {":s": {"S": "approved"}}}
        yield Attempt(f"read {table}", aws("dynamodb", "get_item", **row), DENIED, CLOUDTRAIL)
        yield Attempt(f"change {table}", aws("dynamodb", "update_item", **row, **change), DENIED, CLOUDTRAIL)
        yield Attempt(f"delete a row of {table}", aws("dynamodb", "delete_item", **row), DENIED, CLOUDTRAIL)
    for table in (naming.AUDIT_TABLE, naming.CHAINS_TABLE, naming.TREES_TABLE, naming.TIMELINES_TABLE):
        yield Attempt(f"read {table}", aws("dynamodb", "scan", TableName=table), DENIED, CLOUDTRAIL)
        instruction = aws("dynamodb", "put_item", TableName=table, Item={"chain": {"S": "x"}, "seq": {"N": "1"}})
        yield Attempt(f"write to {table}", instruction, DENIED, CLOUDTRAIL)
    for secret in (naming.GRANT_KEY, naming.credential("stripe"), naming.signing_secret("stripe")):
        instruction = aws("secretsmanager", "get_secret_value", SecretId=secret)
        yield Attempt(f"read the secret {secret}", instruction, DENIED, CLOUDTRAIL)


def _on_the_deployment(world: World) -> Iterator[Attempt]:
    """Roles, functions, keys, rules and objects."""
    role, function = naming.role(naming.agent("hostile"), REGION), naming.connector("stripe")
    recorder = f"arn:aws:iam::{ACCOUNT}:role/{naming.role(naming.service('recorder'), REGION)}"
    everything = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    bodies, checkpoints = naming.bodies_bucket(ACCOUNT, REGION), naming.checkpoints_bucket(ACCOUNT, REGION)
    records = naming.records_bucket(ACCOUNT, REGION)
    calls = {
        "assume another role": ("sts", "assume_role", {"RoleArn": recorder, "RoleSessionName": "hostile"}),
        "give itself a policy": (
            *("iam", "put_role_policy"),
            {"RoleName": role, "PolicyName": "x", "PolicyDocument": everything},
        ),
        "remove its boundary": ("iam", "delete_role_permissions_boundary", {"RoleName": role}),
        "create a user": ("iam", "create_user", {"UserName": "x"}),
        "change the connector": ("lambda", "update_function_configuration", {"FunctionName": function, "Timeout": 9}),
        "open the connector to everyone": (
            *("lambda", "add_permission"),
            {"FunctionName": function, "StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": "*"},
        ),
        "resume itself": ("lambda", "update_event_source_mapping", {"UUID": world.mapping, "Enabled": True}),
        "sign the audit trail": (
            *("kms", "sign"),
            {"KeyId": naming.CHECKPOINT_KEY, "Message": "x", "SigningAlgorithm": "ECDSA_SHA_256"},
        ),
        "subscribe to every event": (
            "events",
            "put_rule",
            {"Name": "x", "EventBusName": naming.BUS, "EventPattern": "{}"},
        ),
        "read the bodies": ("s3", "get_object", {"Bucket": bodies, "Key": "x"}),
        "write another's record": ("s3", "put_object", {"Bucket": records, "Key": "connector.stripe/x", "Body": "x"}),
        "read the records": ("s3", "get_object", {"Bucket": records, "Key": "connector.stripe/x"}),
        "put a checkpoint": ("s3", "put_object", {"Bucket": checkpoints, "Key": "x", "Body": "x"}),
    }
    for name, (service, operation, parameters) in calls.items():
        yield Attempt(name, aws(service, operation, **parameters), DENIED, CLOUDTRAIL)


def _on_the_provider(world: World) -> Iterator[Attempt]:
    """Stripe's API, for which the agent has no key."""
    refund = f"charge={world.charge}"
    for name, key in {"without a key": "", "with a made-up key": "Bearer sk_test_made_up"}.items():
        instruction = http("POST", f"{world.stripe}/v1/refunds", refund, **({"Authorization": key} if key else {}))
        yield Attempt(f"call Stripe itself {name}", instruction, "401", PROVIDER)
