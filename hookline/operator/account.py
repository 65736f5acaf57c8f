"""The target of an operator's command: the local stack, or the AWS account of their credentials."""

import os
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from hookline.local import stack
from hookline.operator.errors import OperatorError
from infra import naming

INGRESS = naming.stack("ingress")


class Clients(Protocol):
    """Clients of AWS in one account and region, or of the emulator."""

    def client(self, service: str) -> Any: ...


class Account(Clients, Protocol):
    """A deployed Hookline: its clients, the operator's credentials, and the URL that receives deliveries."""

    @property
    def url(self) -> str: ...

    def credentials(self) -> Credentials: ...


@dataclass(frozen=True)
class AwsAccount:
    """Hookline in the AWS account and region of the operator's credentials; `profile` and `region` choose others."""

    profile: str | None = None
    region: str | None = None

    def client(self, service: str) -> Any:
        """A boto3 client with the operator's credentials, made once; threads share it."""
        with self._lock:
            if service not in self._clients:
                try:
                    self._clients[service] = self._session.client(service)
                except BotoCoreError as error:
                    raise OperatorError(f"AWS cannot be reached: {error}") from None
            return self._clients[service]

    def credentials(self) -> Credentials:
        """The operator's credentials, to sign with. Raises OperatorError if they are missing."""
        found = self._session.get_credentials()
        if found is None:
            raise OperatorError("there are no AWS credentials: log in first, or set AWS_PROFILE")
        return found

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _lock(self) -> Lock:
        return Lock()  # a session makes one client at a time

    @cached_property
    def _session(self) -> boto3.Session:
        try:
            # The CDK CLI prefers AWS_REGION, which boto3 ignores: both must work in the same region.
            region = self.region or os.environ.get("AWS_REGION")
            return boto3.Session(profile_name=self.profile, region_name=region)
        except BotoCoreError as error:
            raise OperatorError(f"AWS: {error}") from None

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
    if naming.STAGE:
        raise OperatorError(f"the local stack has no stages: add --aws, or leave out --stage {naming.STAGE}")
    running = stack.find()
    if running is None:
        raise OperatorError("the local stack is not up: run 'hookline up', or use your AWS account with --aws")
    return running
