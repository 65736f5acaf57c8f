"""The sandbox of a Chat Completions API, on a scripted model.

It follows https://platform.openai.com/docs/api-reference/chat and https://platform.openai.com/docs/guides/error-codes.
"""

import json
from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import Request, Response, Scripted, ScriptedModel

SANDBOX_KEY = "sk-hookline-sandbox"  # valid for this sandbox only
ERRORS: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "invalid_api_key",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
    503: "server_overloaded",
}


class ChatCompletions(ScriptedModel):
    """Responds as OpenAI does."""

    name = "openai_compatible"
    credential = SANDBOX_KEY

    routes = (("POST", "/chat/completions", ScriptedModel.answer),)

    def failed(self, status: int) -> Response:
        word = ERRORS.get(status, "server_error")
        return Response.json(status, {"error": {"code": word, "message": f"the sandbox: {word}"}})

    def reply(self, request: Request, answer: Scripted) -> Mapping[str, Any]:
        used = answer.counted(request.body)
        message: dict[str, Any] = {"role": "assistant", "content": answer.text}
        if answer.tools:
            calls = ({"name": tool["name"], "arguments": json.dumps(tool["input"])} for tool in answer.tools)
            message["tool_calls"] = [
                {"id": f"call_{number}", "type": "function", "function": call} for number, call in enumerate(calls, 1)
            ]
        prompt = used["input"] + used["cache_read"] + used["cache_write"]
        return {
            "id": "chatcmpl-sandbox",
            "object": "chat.completion",
            "model": "the sandbox",
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": answer.stop or ("tool_calls" if answer.tools else "stop"),
                }
            ],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": used["output"],
                "total_tokens": prompt + used["output"],
                "prompt_tokens_details": {"cached_tokens": used["cache_read"]},
            },
        }


SANDBOX = ChatCompletions
