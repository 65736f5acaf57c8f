"""Anthropic's sandbox: the Messages API on a scripted model.

It follows https://docs.claude.com/en/api/messages and https://docs.claude.com/en/api/errors.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import Request, Response, Scripted, ScriptedModel

SANDBOX_KEY = "sk-ant-hookline-sandbox"  # valid for this sandbox only
ERRORS: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class Anthropic(ScriptedModel):
    """Responds as Anthropic does."""

    name = "anthropic"
    credential = SANDBOX_KEY

    def refusal(self, request: Request) -> Response | None:
        given = request.headers.get("x-api-key", "")
        if not hmac.compare_digest(given.encode(errors="replace"), SANDBOX_KEY.encode()):
            return self.failure(401)
        return None if "anthropic-version" in request.headers else self.failure(400)

    def is_call(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/v1/messages")

    def other(self, request: Request) -> Response:
        return self.failure(404)

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        word = ERRORS.get(status, "api_error")
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        error = {"type": "error", "error": {"type": word, "message": f"the sandbox: {word}"}}
        return Response.json(status, error, headers)

    def reply(self, request: Request, answer: Scripted) -> Mapping[str, Any]:
        used = answer.counted(request.body)
        content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
        for number, tool in enumerate(answer.tools, 1):
            content.append({"type": "tool_use", "id": f"toolu_{number}", **tool})
        return {
            "id": "msg_sandbox",
            "type": "message",
            "role": "assistant",
            "model": "the sandbox",
            "content": content,
            "stop_reason": answer.stop or ("tool_use" if answer.tools else "end_turn"),
            "usage": {
                "input_tokens": used["input"],
                "output_tokens": used["output"],
                "cache_read_input_tokens": used["cache_read"],
                "cache_creation_input_tokens": used["cache_write"],
            },
        }


SANDBOX = Anthropic
