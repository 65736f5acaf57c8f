"""`tools.model`: a typed decision of the agent's model, or of what the agent declares in its place.

Nothing here imports pydantic-ai: an agent without a model never loads it.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from functions.core.manifests.agent import AgentManifest
from functions.core.models.fallback import AskPerson, Cause, Decided, Decision, Fallback, NoDecision, PersonDecides
from functions.core.models.kept import Decisions, Kept, Unkept
from functions.core.models.prompts import Prompt, PromptRefused
from functions.core.platform.action import Action
from functions.core.platform.times import Clock

Answer = TypeVar("Answer", bound=BaseModel)

# Repairs of an answer that is not what was asked: the model gets the errors, and answers again.
REPAIRS = 2
# Requests of one run: turns with tools, and repairs.
TURNS = 8
MOST_TOKENS = 2_000  # of one answer, unless the agent says otherwise

# call(action, for_model) -> the connector's result; raises the connector's error
Call = Callable[[Action, bool], Any]
# Imports pydantic-ai.
_RUN = "functions.core.models.typed_run"


def preload(manifest: AgentManifest) -> None:
    """Import what an agent with a model needs, at its cold start rather than in its first event."""
    if manifest.model is not None:
        import_module(_RUN)


class Model:
    """The model of an agent. `call` goes through the gate; `seconds_left` is what a model may still take."""

    def __init__(
        self,
        manifest: AgentManifest,
        call: Call,
        seconds_left: Callable[[], float],
        last_turn: Callable[[], bool],
        salt: str,
        event: str = "",
        kept: Decisions | None = None,
    ) -> None:
        self._manifest = manifest
        self._call = call
        self._seconds_left = seconds_left
        self._last_turn = last_turn
        self._salt = salt
        self._event = event
        self._kept = kept or Unkept()
        self.decisions: list[Decided] = []

    def run(
        self,
        prompt: Prompt,
        output: type[Answer],
        *,
        fallback: Fallback[Answer],
        offers: Sequence[str] = (),
        max_tokens: int = MOST_TOKENS,
        cached: bool = False,
    ) -> Decision[Answer]:
        """Let the model decide, as an `output`.

        `offers` are operations of the agent's manifest, as "<connector>:<operation>", that the model may call; each
        call passes the gate as the agent's own, and the model gets a refusal as the result. An answer that is no
        `output` is repaired at most twice. `cached` marks the instructions and tools for the provider's prompt cache.

        `fallback` decides if the model is slow, down, over budget or filtered, if it answers something else after its
        repairs, or if the agent has no model: a function, or an AskPerson. What decided is on the audit record. If the
        event is retried, the decision of the earlier try holds.

        Raises Denied if the policy does not permit the model call or `offers` names what the manifest does not declare,
        ApprovalNeeded if the policy asks a person about a call, and RetryableError if a tool cannot be reached.
        """
        # A changed prompt decides anew.
        name = f"{self._event} {len(self.decisions)} {prompt.sha256}"
        if kept := self._kept.of(name):
            cause = Cause[kept.cause] if kept.cause else None
            return self._decided(prompt, output.model_validate_json(kept.output), cause)
        try:
            decided, cause = self._answer(prompt, output, offers, max_tokens, cached), None
        except NoDecision as error:
            cause = error.cause
            if isinstance(fallback, AskPerson):
                self.decisions.append(Decided("person", prompt.sha256, cause))
                raise PersonDecides(fallback, cause) from None
            decided = fallback()
        by = "rule" if cause else "model"
        self._kept.keep(name, Kept(decided.model_dump_json(), by, cause.name if cause else ""))
        return self._decided(prompt, decided, cause)

    def _answer(
        self, prompt: Prompt, output: type[Answer], offers: Sequence[str], max_tokens: int, cached: bool
    ) -> Answer:
        if self._manifest.model is None:
            raise NoDecision(Cause.NO_MODEL)
        if self._seconds_left() <= 0:
            raise NoDecision(Cause.SLOW)
        try:
            message = prompt.message(self._salt)
        except PromptRefused:
            raise NoDecision(Cause.TOO_LONG) from None
        run = import_module(_RUN).TypedRun(self._manifest, self._call, self._seconds_left, self._last_turn)
        answer: Answer = run(prompt.system, message, output, offers, max_tokens, cached, self._salt)
        return answer

    def _decided(self, prompt: Prompt, output: Answer, cause: Cause | None) -> Decision[Answer]:
        by: Literal["model", "rule"] = "rule" if cause else "model"
        self.decisions.append(Decided(by, prompt.sha256, cause))
        return Decision(output, by, str(cause) if cause else "")

    def on_record(self) -> Mapping[str, Any]:
        """The fields of an audit record about the runs so far: who decided and why, and the digests of the prompts."""
        if not self.decisions:
            return {}
        prompts = sorted({one.prompt for one in self.decisions})
        names = ["prompt"] if len(prompts) == 1 else [f"prompt_{number}" for number, _ in enumerate(prompts, 1)]
        return {
            "reason": "; ".join(map(str, self.decisions)),
            "digests": dict(zip(names, prompts, strict=True)),
        }


def model_seconds(deadline: float, seconds: int, clock: Clock | None) -> Callable[[], float]:
    """The seconds that a model may take until `deadline`; without a clock, the connector alone judges that."""
    return lambda: deadline - clock() if clock else float(seconds)
