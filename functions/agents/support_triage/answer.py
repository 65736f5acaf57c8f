"""What a model answers about a message: labels of these alone."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.api.desk import Labels

Intent = Literal[
    "refund",
    "payment_problem",
    "invoice",
    "cancel",
    "login",
    "bug",
    "how_to",
    "feature_request",
    "account_change",
    "shipping",
    "complaint",
    "other",
    "unsure",
]


class Answer(BaseModel):
    """The labels of a message; `language` is its ISO 639-1 code, "" if the text does not show it."""

    intent: Intent
    language: Annotated[str, Field(pattern=r"^(?:[a-z]{2})?$")]
    urgency: Literal["high", "normal"]
    mood: Literal["upset", "calm"]

    @property
    def labels(self) -> Labels:
        """As the desk has them. Whether a model says how sure it is tells nothing, so there is no confidence."""
        intent = "" if self.intent == "unsure" else self.intent
        return Labels(intent, self.language, self.urgency, self.mood, features="model")


# In place of an answer: the classifier labels.
NONE = Answer(intent="unsure", language="", urgency="normal", mood="calm")
