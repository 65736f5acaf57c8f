"""The thinker."""

from functions.api.agent import Done, Event, HooklineError, Outcome, Tools

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
OTHER = "amazon.nova-lite-v1:0"


def run(event: Event, tools: Tools) -> Outcome:
    """Ask the model once, then another one; say what came of it."""
    asked = {
        "messages": [{"role": "user", "content": [{"text": f"What happened at {event.id}?"}]}],
        "inferenceConfig": {"maxTokens": 200},
    }
    try:
        answer = tools.bedrock.converse(modelId=MODEL, **asked)
    except HooklineError as error:
        return Done(type(error).__name__)
    try:
        tools.bedrock.converse(modelId=OTHER, **asked)
    except HooklineError as error:
        refused = type(error).__name__
    return Done(f"{answer['stopReason']}: {answer['output']['message']['content'][0]['text']}; other model {refused}")
