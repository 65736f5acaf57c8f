"""Anthropic's sandbox: the Messages API on a scripted model.

It follows https://docs.claude.com/en/api/messages and https://docs.claude.com/en/api/errors.
"""

from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import Request, Response, Scripted, ScriptedModel, same

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

    routes = (("POST", "/v1/messages", ScriptedModel.answer),)

    def refusal(self, request: Request) -> Response | None:
        if not same(request.headers.get("x-api-key", ""), SANDBOX_KEY):
            return self.failed(401)
        return None if "anthropic-version" in request.headers else self.failed(400)

    def failed(self, status: int) -> Response:
        word = ERRORS.get(status, "api_error")
        return Response.json(status, {"type": "error", "error": {"type": word, "message": f"the sandbox: {word}"}})

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
