"""The sandbox's errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.api.sandbox import ApiError, Response
from functions.providers.github.sandbox import objects


class GitHubError(ApiError):
    """An error of GitHub's API, https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body = objects.error(status, message, None if errors is None else list(errors))
        super().__init__(Response.json(status, body, headers))
