"""DynamoDB tables, all with the same settings."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.settings import Settings


def table(
    scope: Construct,
    id: str,
    settings: Settings,
    name: str,
    *,
    key: str,
    sort: tuple[str, dynamodb.AttributeType] | None = None,
    expires: str | None = None,
) -> dynamodb.Table:
    """A table that is billed per request, encrypted, and recoverable to any point of the last 35 days."""
    return dynamodb.Table(
        scope,
        id,
        table_name=name,
        partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name=sort[0], type=sort[1]) if sort else None,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.DEFAULT,  # with a key that DynamoDB owns: roles need no KMS permission
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        time_to_live_attribute=expires,
        removal_policy=settings.removal,
    )
