"""What a Converse call can use at most, and what it used. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from functions.api.performer import TOKENS_PER_IMAGE, PermanentError, Tokens, counted, mappings, tokens_by_bytes

PROMPT = ("messages", "system", "toolConfig", "outputConfig", "additionalModelRequestFields")
COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")  # CountTokens takes these
CACHE = ("cachePoint", "cache_control")
TEXTUAL = {"text", "image", "toolUse", "toolResult", "json", "cachePoint", "reasoningContent", "guardContent"}


def largest_answer(arguments: Mapping[str, Any]) -> int:
    """The most tokens of the answer. Raises PermanentError if nothing limits them."""
    config = arguments["inferenceConfig"]
    most = config.get("maxTokens") if isinstance(config, Mapping) else None
    if type(most) is not int or most < 1:
        raise PermanentError("converse needs inferenceConfig.maxTokens: the largest answer is reserved in the budget")
    if limits := sorted(set(_limits(arguments.get("additionalModelRequestFields")))):
        raise PermanentError(f"additionalModelRequestFields has {', '.join(limits)}: only maxTokens limits the answer")
    return most


def upper_bound(arguments: Mapping[str, Any]) -> int:
    """The most tokens of the prompt by its bytes. Raises PermanentError if it holds what has no such bound."""
    kinds = [kind for block in blocks(arguments) for kind in block]
    unbounded = sorted(set(kinds) - TEXTUAL)
    if unbounded:
        raise PermanentError(f"converse: nothing limits the tokens of {', '.join(unbounded)}; send text or images")
    return tokens_by_bytes(*(arguments.get(name) for name in PROMPT)) + TOKENS_PER_IMAGE * kinds.count("image")


def check_inside(arguments: Mapping[str, Any]) -> None:
    """Raise PermanentError for what acts or reads outside the gate: a tool that runs at Bedrock, an object in S3."""
    config = arguments.get("toolConfig")
    tools = config.get("tools") if isinstance(config, Mapping) else ()
    if any(not set(tool) <= {"toolSpec", "cachePoint"} for tool in mappings(tools)):
        raise PermanentError("converse: a tool is a toolSpec; others run at Bedrock, outside the gate")
    sources = [inner.get("source") for block in blocks(arguments) for inner in block.values() if _is_file(inner)]
    if any(not isinstance(source, Mapping) or set(source) - {"bytes", "text", "content"} for source in sources):
        raise PermanentError("converse: an image or a document has its bytes; Bedrock would read another one itself")


def writes_cache(arguments: Mapping[str, Any]) -> bool:
    """Whether the prompt asks for a cache, whose writing can cost more than tokens without it."""
    text = str([arguments.get(name) for name in PROMPT])
    return any(word in text for word in CACHE)


def used(answer: Any) -> Tokens:
    """The usage in an answer. Raises ValueError if it has none."""
    usage = answer.get("usage") if isinstance(answer, Mapping) else None
    written = counted(usage, "cacheWriteInputTokens", missing=0)
    details = mappings(usage.get("cacheDetails") if isinstance(usage, Mapping) else ())
    long = min(written, sum(counted(one, "inputTokens") for one in details if one.get("ttl") not in (None, "5m")))
    return Tokens(
        input=counted(usage, "inputTokens"),
        output=counted(usage, "outputTokens"),
        cache_read=counted(usage, "cacheReadInputTokens", missing=0),
        cache_write=written - long,
        cache_write_long=long,
    )


def base_model(model: str) -> str:
    """The id of the model of an inference profile; CountTokens takes no profile."""
    found = re.search(r"(?:^|/)(?:us-gov|us|eu|apac|jp|au|ca|global)[.]([a-z0-9]+[.][^/]+)$", model)
    return found[1] if found else model


def counts(model: str) -> bool:
    """Whether CountTokens counts for the model.

    https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html
    """
    return base_model(model).startswith("anthropic.")


def blocks(arguments: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The blocks of all messages, those in tools' results included."""
    return [block for message in mappings(arguments["messages"]) for block in _blocks(message.get("content"))]


def _blocks(content: Any) -> Iterator[Mapping[str, Any]]:
    for block in mappings(content):
        yield block
        if isinstance(result := block.get("toolResult"), Mapping):
            yield from _blocks(result.get("content"))


def _is_file(inner: Any) -> bool:
    return isinstance(inner, Mapping) and "source" in inner and "format" in inner


def _limits(value: Any) -> Iterator[str]:
    """The fields by which models have their own limits of answers: max_tokens, max_gen_len, maxTokenCount, …"""
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if str(name).lower().startswith("max"):
            yield str(name)
        yield from _limits(item)
