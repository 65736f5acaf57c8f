"""What pydantic-ai sends to Bedrock is what the connector's operation takes, and it reads the connector's answer."""

import json

import boto3
import pydantic_ai.models
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockProvider

from functions.api.performer import Prices
from functions.core.gate.arguments import check_arguments
from functions.providers.bedrock.blobs import encoded
from functions.providers.bedrock.connector import MANIFEST
from functions.providers.bedrock.operations import Bedrock

CONVERSE = MANIFEST.operation("converse")
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


class Verdict(BaseModel):
    """What the model decides."""

    risky: bool


def test_a_typed_run_passes_through_the_connector(monkeypatch):
    """With a system prompt, an image, a tool and a typed answer; every request crosses as JSON."""
    monkeypatch.setattr(pydantic_ai.models, "ALLOW_MODEL_REQUESTS", True)  # the client below makes none
    made_up = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    aws = boto3.client("bedrock-runtime", region_name="us-east-1", **made_up)
    bedrock, sent = Bedrock(Prices(MANIFEST), lambda seconds: aws), []
    replies = iter([("look", {"at": "it"}), ("final_result", {"risky": True})])

    def answer(**request):
        sent.append(request)
        name, given = next(replies)
        content = [{"toolUse": {"toolUseId": f"t{len(sent)}", "name": name, "input": given}}]
        message = {"role": "assistant", "content": content}
        usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
        return {"output": {"message": message}, "stopReason": "tool_use", "usage": usage, "metrics": {"latencyMs": 1}}

    monkeypatch.setattr(aws, "converse", answer)

    class ThroughTheConnector:
        """What an agent's side gives to pydantic-ai in place of boto3's client."""

        meta = aws.meta

        def converse(self, **request):
            arguments = json.loads(json.dumps(encoded(request)))
            check_arguments(CONVERSE, arguments)
            assert bedrock.most(CONVERSE, arguments, 1.0).model_calls == 1
            return json.loads(json.dumps(bedrock.call(CONVERSE, arguments, None, 20.0)))

    model = BedrockConverseModel(HAIKU, provider=BedrockProvider(bedrock_client=ThroughTheConnector()))
    agent = Agent(model, output_type=Verdict, system_prompt="You decide.", model_settings={"max_tokens": 100})
    agent.tool_plain(lambda at: f"seen {at}", name="look")
    ran = agent.run_sync(["what is it?", BinaryContent(b"\x89PNG", media_type="image/png")])
    assert ran.output == Verdict(risky=True)
    assert len(sent) == 2
    image = next(block["image"] for block in sent[0]["messages"][0]["content"] if "image" in block)
    assert image["source"]["bytes"] == b"\x89PNG"
