"""A scripted model behind an agent's `call`, and agents that have one."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.models.model import Model
from functions.core.platform.action import Action

HAIKU = "bedrock:global.anthropic.claude-haiku-4-5-20251001-v1:0"


def thinker(model: str | None = HAIKU, uses: Iterable[Use] = (), name: str = "summarizer") -> AgentManifest:
    """An agent with a model; the generated tools are those of the agent `name`."""
    return AgentManifest(
        name=name,
        owner="tests",
        purpose="tests",
        subscribes=[Subscription("ticket.created", ["webhook.zendesk"])],
        uses=list(uses)
        or [Use("context", ["timeline.read"], "reads"), Use("slack", ["message.post"], "posts", to=["notes"])],
        budget=Budget(model_calls_per_event=20, effects_per_event=1, tokens_per_event=200_000, usd_per_event="1.00"),
        model=model,
    )


def says(text: str, stop: str = "end_turn") -> dict[str, Any]:
    """An answer of Converse with a text."""
    return _answer([{"text": text}] if text else [], stop)


def calls(*tools: tuple[str, Mapping[str, Any]], stop: str = "tool_use") -> dict[str, Any]:
    """An answer of Converse that calls tools; `final_result` is the typed answer."""
    content = [
        {"toolUse": {"toolUseId": f"t{number}", "name": name, "input": dict(given)}}
        for number, (name, given) in enumerate(tools, 1)
    ]
    return _answer(content, stop)


def _answer(content: list[dict[str, Any]], stop: str) -> dict[str, Any]:
    usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
    message = {"role": "assistant", "content": content}
    return {"output": {"message": message}, "stopReason": stop, "usage": usage, "metrics": {"latencyMs": 1}}


class Script:
    """Answers each call by the next of `answers`: an answer of Converse, the result of a tool, or an error to raise.

    An answer may be a function of the action. Without more answers, the last one is repeated.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Action] = []

    def __call__(self, action: Action, for_model: bool) -> Any:
        self.asked.append(json.loads(json.dumps(vars(action), default=dict)) and action)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer = answer(action) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def operations(self) -> list[str]:
        return [f"{action.connector}:{action.operation}" for action in self.asked]

    @property
    def requests(self) -> list[Mapping[str, Any]]:
        """What the model was asked."""
        return [action.arguments for action in self.asked if action.operation == "converse"]


def model(
    script: Callable[[Action, bool], Any],
    manifest: AgentManifest | None = None,
    left: Callable[[], float] = lambda: 30.0,
    last_turn: Callable[[], bool] = lambda: False,
    **more: Any,
) -> Model:
    """The `tools.model` of an agent whose calls the script answers."""
    return Model(manifest or thinker(), script, left, last_turn, salt="nobody outside knows it", **more)
