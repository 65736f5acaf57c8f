"""Bedrock's sandbox: Converse and CountTokens on a scripted model.

It follows https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and …CountTokens.html.
"""

from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import BYTES_PER_TOKEN, Request, Response, Scripted, ScriptedModel

# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
ERRORS: Mapping[int, str] = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


class Bedrock(ScriptedModel):
    """Responds as Bedrock does. It accepts any credentials of AWS: whose they are, only AWS can say."""

    name = "bedrock"
    credential = ""

    def refusal(self, request: Request) -> Response | None:
        signed = request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
        return None if signed else self.failed(403)

    def failed(self, status: int) -> Response:
        word = ERRORS.get(status, "InternalServerException")
        return Response.json(status, {"message": f"the sandbox: {word}"}, {"x-amzn-ErrorType": word})

    def _count(self, request: Request) -> Mapping[str, Any]:
        return {"inputTokens": max(1, len(request.body) // BYTES_PER_TOKEN)}

    routes = (
        ("POST", "/model/[^/]+/converse", ScriptedModel.answer),
        ("POST", "/model/[^/]+/count-tokens", _count),
    )

    def reply(self, request: Request, answer: Scripted) -> Mapping[str, Any]:
        used = answer.counted(request.body)
        content: list[dict[str, Any]] = [{"text": answer.text}] if answer.text else []
        for number, tool in enumerate(answer.tools, 1):
            content.append({"toolUse": {"toolUseId": f"tool_{number}", **tool}})
        usage = {
            "inputTokens": used["input"],
            "outputTokens": used["output"],
            "totalTokens": sum(used.values()),
            "cacheReadInputTokens": used["cache_read"],
            "cacheWriteInputTokens": used["cache_write"],
        }
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": answer.stop or ("tool_use" if answer.tools else "end_turn"),
            "usage": usage,
            "metrics": {"latencyMs": 1},
        }


SANDBOX = Bedrock
