"""boto3's DynamoDB client over moto, without HTTP in between, which takes 15 times as long as what moto does."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from botocore.paginate import Paginator
from botocore.validate import ParamValidator
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from hookline.simulation.tables import Tables


class DynamoDB(Tables):
    """A client with the parameter checks, exceptions and paginators of boto3's `client`, on the tables that it sees.

    `requests` counts those that were sent. tests/simulation/test_tables.py shows that the answers and errors are those
    of moto behind boto3.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(())
        self.exceptions, self.meta, self._boto3 = client.exceptions, client.meta, client
        self.requests = 0

    def get_paginator(self, operation: str) -> Any:
        """boto3's paginator of an operation."""
        made: Paginator = self._boto3.get_paginator(operation)
        made._method = getattr(self, operation)  # noqa: SLF001 - its only door
        return made

    def _call_of(self, method: str) -> Callable[..., dict[str, Any]]:
        call, check = super()._call_of(method), self._check_of(method)

        def checked(**request: Any) -> dict[str, Any]:
            check(request)
            self.requests += 1
            # Each mock_aws has a new one.
            self._backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][self.meta.region_name]
            try:
                return call(**request)
            except ClientError as error:
                kind = self.exceptions.from_code(error.response["Error"]["Code"])
                raise kind(error.response, error.operation_name) from None

        return checked

    def _check_of(self, method: str) -> Callable[[dict[str, Any]], None]:
        model = self.meta.service_model.operation_model(self.meta.method_to_api_mapping[method])
        validator = ParamValidator()

        def check(request: dict[str, Any]) -> None:
            report = validator.validate(request, model.input_shape)
            if report.has_errors():
                raise ParamValidationError(report=report.generate_report())

        return check
