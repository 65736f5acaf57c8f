"""Clients of the AWS services that a provider's sandbox plays: boto3's own, answered in this process."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from functions.api.sandbox import Request, Response


def client_at(service: str, answer: Callable[[Request], Response]) -> Any:
    """A client of the AWS service, whose every request `answer` gets; nothing reaches the network."""
    client = boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",  # noqa: S106 - no secret
        config=Config(retries={"total_max_attempts": 1}),
    )

    def sent(request: Any, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        made = answer(Request(request.method, parts.path, parts.query, headers, body))
        return AWSResponse(request.url, made.status, made.headers, _Raw(made.body))

    client.meta.events.register("before-send", sent)
    return client


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Raw(io.BytesIO):
    """The body, as botocore reads that of urllib3."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
