"""Background runs of a model provider."""

from typing import ClassVar, Literal

from functions.api.event import DomainEvent, Identifier

Kind = Literal["response", "batch", "fine_tuning_job", "eval_run"]


class ModelRunCompleted(DomainEvent):
    """A run completed and its result can be fetched; `ended` is when, in unix seconds."""

    detail_type = "model.run.completed"
    owner = "platform"
    example: ClassVar = {"run": "resp_1Example", "kind": "response", "ended": 1790000000}

    run: Identifier
    kind: Kind
    ended: int


class ModelRunFailed(DomainEvent):
    """A run ended without a complete result; `ended` is when, in unix seconds."""

    detail_type = "model.run.failed"
    owner = "platform"
    example: ClassVar = {"run": "batch_1Example", "kind": "batch", "ended": 1790000000, "reason": "expired"}

    run: Identifier
    kind: Kind
    ended: int
    reason: Literal["failed", "cancelled", "expired", "incomplete"]
