"""What a provider's connector imports: its manifest, and what its operations are."""

from functions.core.manifests.arguments import Flag, Json, ListOf, Number, Object, Text
from functions.core.manifests.aws_access import AwsAccess, TableAccess
from functions.core.manifests.connector import ConnectorManifest, TenantHeader, Verdict
from functions.core.manifests.credentials import AwsRole, Basic, Bearer, GitHubApp, Header
from functions.core.manifests.listing import Listing, Redelivery
from functions.core.manifests.models import Models, Price
from functions.core.manifests.operation import KEY, Confirms, Money, Operation, ReadBack, State
from functions.core.manifests.paging import LastId, NextCursor, NextLink, Paging
from functions.core.manifests.rate_limit import RateLimit
from functions.core.manifests.recorded import Recorded
from functions.core.manifests.request import Request
from functions.core.platform.errors import ConfigurationError, Denied, PermanentError, RetryableError

__all__ = [
    "KEY",
    "AwsAccess",
    "AwsRole",
    "Basic",
    "Bearer",
    "ConfigurationError",
    "Confirms",
    "ConnectorManifest",
    "Denied",
    "Flag",
    "GitHubApp",
    "Header",
    "Json",
    "LastId",
    "Listing",
    "ListOf",
    "Models",
    "Money",
    "NextCursor",
    "NextLink",
    "Number",
    "Object",
    "Operation",
    "Paging",
    "PermanentError",
    "Price",
    "RateLimit",
    "ReadBack",
    "Redelivery",
    "Request",
    "Recorded",
    "RetryableError",
    "State",
    "TableAccess",
    "TenantHeader",
    "Text",
    "Verdict",
]
