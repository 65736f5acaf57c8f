"""The ARNs and URLs of the resources in `infra.naming`, in the account and region of the deployment."""

from aws_cdk import Aws

from infra import naming


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in this account and region."""
    return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"


def audit_queue_url(identity: str) -> str:
    """The URL of the queue that `identity` sends its audit records to."""
    return queue_url(naming.audit_queue(identity))


def secret_arn(name: str) -> str:
    """A pattern of a secret's ARN; Secrets Manager appends six random characters to the name."""
    return arn("secretsmanager", f"secret:{name}-??????")


def table_arn(name: str) -> str:
    """A table's ARN."""
    return arn("dynamodb", f"table/{name}")


OURS = {"partition": Aws.PARTITION, "region": Aws.REGION, "account": Aws.ACCOUNT_ID}


def filled(resource: str) -> str:
    """A text of a manifest, with the deployment's in place of {partition}, {region} and {account}."""
    for name, value in OURS.items():
        resource = resource.replace(f"{{{name}}}", value)
    return resource


def alias_arn(function: str, alias: str) -> str:
    """The ARN of a function's alias."""
    return arn("lambda", f"function:{function}:{alias}")


def bus_arn() -> str:
    """The ARN of the event bus."""
    return arn("events", f"event-bus/{naming.BUS}")


def bodies_bucket() -> str:
    """The name of the bodies bucket."""
    return naming.bodies_bucket(Aws.ACCOUNT_ID, Aws.REGION)


def bodies_arn(keys: str = "*") -> str:
    """The ARN of the objects in the bodies bucket whose keys match."""
    return f"arn:{Aws.PARTITION}:s3:::{bodies_bucket()}/{keys}"


def records_bucket() -> str:
    """The name of the records bucket."""
    return naming.records_bucket(Aws.ACCOUNT_ID, Aws.REGION)


def records_arn(identity: str = "*") -> str:
    """The ARN of the records of an identity, or of those of all."""
    return f"arn:{Aws.PARTITION}:s3:::{records_bucket()}/{identity}/*"


def checkpoints_bucket() -> str:
    """The name of the checkpoints bucket."""
    return naming.checkpoints_bucket(Aws.ACCOUNT_ID, Aws.REGION)


def checkpoints_arn() -> str:
    """The ARN of the checkpoints bucket."""
    return f"arn:{Aws.PARTITION}:s3:::{checkpoints_bucket()}"


def role_arn(name: str) -> str:
    """The ARN of the role of the function or service `name`."""
    return f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/{naming.role(name, Aws.REGION)}"


def queue_url(name: str) -> str:
    """A queue's URL. SQS reads the account and the name from it; the SDK uses its own endpoint as the host."""
    return f"https://sqs.{Aws.REGION}.{Aws.URL_SUFFIX}/{Aws.ACCOUNT_ID}/{name}"
