"""The target of an operator's command: the local stack, or the AWS account of their credentials."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from hookline.local import stack
from hookline.operator.errors import OperatorError

INGRESS = "hookline-ingress"


class Clients(Protocol):
    """The boto3 clients of a deployed Hookline."""

    def client(self, service: str) -> Any: ...


class Account(Clients, Protocol):
    """A deployed Hookline: its clients, the operator's credentials, and the URL that receives deliveries."""

    @property
    def url(self) -> str: ...

    def credentials(self) -> Credentials: ...


@dataclass(frozen=True)
class AwsAccount:
    """Hookline in the AWS account and region of the operator's own credentials."""

    def client(self, service: str) -> Any:
        """A boto3 client with the operator's credentials."""
        try:
            return self._session.client(service)
        except BotoCoreError as error:
            raise OperatorError(f"AWS cannot be reached: {error}") from None

    def credentials(self) -> Credentials:
        """The operator's credentials, to sign with. Raises OperatorError if they are missing."""
        found = self._session.get_credentials()
        if found is None:
            raise OperatorError("there are no AWS credentials: log in first, or set AWS_PROFILE")
        return found

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session()

    @cached_property
    def url(self) -> str:
        """The URL in the outputs of the ingress stack. Raises OperatorError if that is not deployed here."""
        try:
            (found,) = self.client("cloudformation").describe_stacks(StackName=INGRESS)["Stacks"]
        except (ClientError, BotoCoreError) as error:
            raise OperatorError(f"stack {INGRESS} cannot be read in this account and region: {error}") from None
        return next(output["OutputValue"] for output in found["Outputs"] if output["OutputKey"] == "Url")


def account(aws: bool) -> Account:
    """The AWS account, or without `aws` the local stack. Raises OperatorError if that is not up."""
    if aws:
        return AwsAccount()
    running = stack.find()
    if running is None:
        raise OperatorError("the local stack is not up: run 'hookline up', or use your AWS account with --aws")
    return running
