"""Finds what an earlier deployment left behind: resources that CloudFormation retained and must import.

A resource with data outlives its stack, and has a fixed name: CloudFormation cannot create it a second time, and
refuses the whole deployment. It can import it: `cdk import --resource-mapping`.
"""

from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from hookline.operator.account import Account
from hookline.operator.deployed_stacks import resource_ids
from hookline.operator.errors import OperatorError
from infra import naming
from infra.templates import Resource, read

# By logical id, what identifies the resource to CloudFormation: the form of a resource mapping.
Mapped = dict[str, dict[str, str]]
RETAINED = ("Retain", "RetainExceptOnCreate")
MISSING = ("ResourceNotFoundException", "NotFoundException", "404", "NoSuchBucket", "NotFound")


def left_behind(account: Account, templates: Mapping[str, bytes]) -> dict[str, Mapped]:
    """The resources in the templates, by stack, that exist in the account but belong to no deployed stack of that name.

    Raises OperatorError if a secret is being deleted: its name is taken, and its value can still be restored.
    """
    found: dict[str, Mapped] = {}
    for stack, text in templates.items():
        retained = [one for one in read(text) if one.type in FINDERS and one.deletion in RETAINED]
        if not retained:
            continue
        known = resource_ids(account, stack)
        mapped = {one.id: identifier for one in retained if one.id not in known and (identifier := _find(account, one))}
        if mapped:
            found[stack] = mapped
    return found


def _find(account: Account, resource: Resource) -> dict[str, str] | None:
    try:
        return FINDERS[resource.type](account, resource.properties.get("AliasName", resource.name))
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise


def _table(account: Account, name: str) -> dict[str, str]:
    account.client("dynamodb").describe_table(TableName=name)
    return {"TableName": name}


def _bucket(account: Account, name: str) -> dict[str, str]:
    s3 = account.client("s3")
    owner = account.client("sts").get_caller_identity()["Account"]
    bucket = name.replace("ACCOUNT", owner).replace("REGION", s3.meta.region_name)
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=owner)
    return {"BucketName": bucket}


def _secret(account: Account, name: str) -> dict[str, str]:
    found = account.client("secretsmanager").describe_secret(SecretId=name)
    if found.get("DeletedDate"):
        restore = f"aws secretsmanager restore-secret --secret-id {name}"
        raise OperatorError(f"secret {name} is being deleted, so it cannot be created: restore it ('{restore}')")
    return {"Id": found["ARN"]}


def _alias(account: Account, name: str) -> dict[str, str]:
    account.client("kms").describe_key(KeyId=name)
    return {"AliasName": name}


def _key(account: Account, _: str) -> dict[str, str]:
    found = account.client("kms").describe_key(KeyId=naming.CHECKPOINT_KEY)["KeyMetadata"]
    if found["KeyState"] == "PendingDeletion":
        cancel = f"aws kms cancel-key-deletion --key-id {found['KeyId']}"
        raise OperatorError(f"key {naming.CHECKPOINT_KEY} is being deleted: keep it ('{cancel}')")
    return {"KeyId": found["KeyId"]}


FINDERS: Mapping[str, Callable[[Account, str], dict[str, str]]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
    "AWS::SecretsManager::Secret": _secret,
}
