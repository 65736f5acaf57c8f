"""A typed run of a model by pydantic-ai, whose every request is a call of the agent's model connector."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from botocore.session import Session
from pydantic import BaseModel, ValidationError
from pydantic_ai import Agent, ModelRetry, RunContext, Tool, ToolDefinition, UsageLimits
from pydantic_ai.capabilities import PrepareTools
from pydantic_ai.exceptions import AgentRunError, UsageLimitExceeded
from pydantic_ai.models import Model
from pydantic_ai.models.bedrock import BedrockConverseModel, BedrockModelSettings
from pydantic_ai.providers.bedrock import BedrockProvider

from functions.core.manifests.agent import MODEL_OPERATION, AgentManifest
from functions.core.models.fallback import Cause, NoDecision
from functions.core.models.model import REPAIRS, TURNS, Call
from functions.core.models.offered import Offered, offered
from functions.core.models.prompts import PromptRefused, block, written
from functions.core.platform.action import Action
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    Denied,
    PermanentError,
    RetryableError,
)

Answer = TypeVar("Answer", bound=BaseModel)

TRIES = 2  # of one request, at once: what is down for longer is the fall-back's
FILTERED = ("guardrail_intervened", "content_filtered")
TOO_LONG = ("model_context_window_exceeded",)


class TypedRun:
    """Runs the model of an agent; `last_turn` says that the budget has room for one answer without tools."""

    def __init__(
        self,
        manifest: AgentManifest,
        call: Call,
        seconds_left: Callable[[], float],
        last_turn: Callable[[], bool],
        model: Model[Any] | None = None,
    ) -> None:
        self._manifest = manifest
        self._call = call
        self._last_turn = last_turn
        self._model = model or through_the_gate(manifest, call, seconds_left)

    def __call__(
        self,
        system: str,
        message: str,
        output: type[Answer],
        offers: Sequence[str],
        max_tokens: int,
        cached: bool,
        salt: str,
    ) -> Answer:
        """The model's answer as an `output`. Raises NoDecision, and what a tool or the gate raises for good."""
        settings = BedrockModelSettings(max_tokens=max_tokens)
        if cached:
            settings |= BedrockModelSettings(bedrock_cache_instructions=True, bedrock_cache_tool_definitions=True)
        agent: Agent[None, Answer] = Agent(
            self._model,
            output_type=output,
            instructions=system,
            retries={"output": REPAIRS, "tools": REPAIRS},
            tools=[self._tool(one, salt) for one in offered(self._manifest, offers)],
            capabilities=[PrepareTools(self._tools_left)],
            model_settings=settings,
        )
        try:
            return agent.run_sync(message, usage_limits=UsageLimits(request_limit=TURNS)).output
        except UsageLimitExceeded:
            raise NoDecision(Cause.OVER_BUDGET) from None
        except AgentRunError:
            raise NoDecision(Cause.NONSENSE) from None

    def _tools_left(self, context: RunContext[None], tools: list[ToolDefinition]) -> list[ToolDefinition]:
        return [] if self._last_turn() else tools

    def _tool(self, one: Offered, salt: str) -> Tool[None]:
        def perform(**given: Any) -> str:
            try:
                arguments = one.arguments.model_validate(given).model_dump(exclude_unset=True)
            except ValidationError as error:
                wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
                raise ModelRetry(f"the arguments are not as declared: {wrong}") from None
            try:
                result = self._call(Action(one.connector, one.operation, arguments), False)
                text = written(one.name, result)
            except (ApprovalNeeded, RetryableError):
                raise  # a person decides, or the event is retried
            except PermanentError as error:
                text = f"not done: {type(error).__name__}: {error}"[:1000]
            return block(one.name, text, salt)

        schema = one.arguments.model_json_schema()
        return Tool.from_schema(perform, one.name, one.says, schema, sequential=True)


def through_the_gate(manifest: AgentManifest, call: Call, seconds_left: Callable[[], float]) -> BedrockConverseModel:
    """pydantic-ai's model whose client is the agent's connector; its requests and answers are those of Converse."""
    if manifest.use_of(manifest.model_connector, MODEL_OPERATION) is None:
        what = f"tools.model asks models of connectors with the operation {MODEL_OPERATION}, and not {manifest.model}"
        raise ConfigurationError(f"{what}: call the operation of that connector instead")
    client: Any = Client(manifest, call, seconds_left)
    return BedrockConverseModel(manifest.model_id, provider=BedrockProvider(bedrock_client=client))


class _Events:
    """Takes the place of a client's event hooks, by which headers are added: the connector sends none of ours."""

    def register_first(self, *given: Any, **named: Any) -> None:
        return None


class _Meta:
    """What pydantic-ai looks up of a client: its address, and what Converse takes by botocore's service model."""

    endpoint_url = "hookline:gate"
    events = _Events()

    def __init__(self) -> None:
        self._found: Any = None

    @property
    def service_model(self) -> Any:
        if self._found is None:
            self._found = Session().get_service_model("bedrock-runtime")
        return self._found


class Client:
    """What pydantic-ai takes for a client of Bedrock: `converse` is the operation of the agent's connector."""

    meta = _Meta()

    def __init__(self, manifest: AgentManifest, call: Call, seconds_left: Callable[[], float]) -> None:
        self._manifest = manifest
        self._call = call
        self._seconds_left = seconds_left

    def converse(self, **request: Any) -> Mapping[str, Any]:
        """The connector's answer. Raises NoDecision if there is none, and Denied or ApprovalNeeded as the gate does."""
        arguments = json.loads(json.dumps({**request, "modelId": self._manifest.model_id}))
        answer = _checked(self._asked(Action(self._manifest.model_connector, MODEL_OPERATION, arguments)))
        if answer["stopReason"] in FILTERED:
            raise NoDecision(Cause.FILTERED)
        if answer["stopReason"] in TOO_LONG:
            raise NoDecision(Cause.TOO_LONG)
        return answer

    def _asked(self, action: Action) -> Any:
        for number in range(1, TRIES + 1):
            if self._seconds_left() <= 0:
                raise NoDecision(Cause.SLOW)
            try:
                return self._call(action, True)
            except BudgetExceeded:
                raise NoDecision(Cause.OVER_BUDGET) from None
            except Denied:
                raise
            except PermanentError as error:
                long = isinstance(error, PromptRefused) or "too long" in str(error)
                raise NoDecision(Cause.TOO_LONG if long else Cause.REFUSED) from None
            except CircuitOpen:
                raise NoDecision(Cause.DOWN) from None
            except RetryableError:
                if number == TRIES:
                    raise NoDecision(Cause.SLOW if self._seconds_left() <= 0 else Cause.DOWN) from None
        raise AssertionError("the last try raises or returns")


def _checked(answer: Any) -> dict[str, Any]:
    """An answer of the shape that pydantic-ai reads. Raises NoDecision for any other: it is the provider's nonsense."""
    try:
        content = answer["output"]["message"]["content"]
        usage = {name: int(answer["usage"][name]) for name in ("inputTokens", "outputTokens")}
        good = isinstance(content, list) and all(isinstance(one, dict) for one in content)
        if not good or not isinstance(answer["stopReason"], str):
            raise TypeError
        for one in content:
            if "text" in one and not isinstance(one["text"], str):
                raise TypeError
            if "toolUse" in one:
                use = one["toolUse"]
                str.strip(use["name"]), str.strip(use["toolUseId"]), dict.keys(use["input"])
        return {**answer, "usage": {**answer["usage"], "totalTokens": sum(usage.values())}}
    except (KeyError, TypeError, ValueError):
        raise NoDecision(Cause.NONSENSE) from None
