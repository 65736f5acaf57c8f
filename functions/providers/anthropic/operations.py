"""Calls the Messages API, and meters it by its own usage."""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.api.performer import (
    TOKENS_PER_IMAGE,
    ConnectorEnvironment,
    ConnectorManifest,
    Operation,
    OutcomeUnknown,
    PermanentError,
    Platform,
    Prices,
    Provider,
    Spend,
    Tokens,
    Usage,
    counted,
    mappings,
    provider,
    tokens_by_bytes,
)

PROMPT = ("messages", "system", "tools", "output_config")
BOUNDED = {"text", "image", "tool_use", "tool_result", "thinking", "redacted_thinking"}


def performer(manifest: ConnectorManifest, platform: Platform) -> "Anthropic":
    """The performer of the deployed connector."""
    prices = Prices(manifest, ConnectorEnvironment.read(platform.environ).prices)
    return Anthropic(prices, provider(manifest, platform))


class Anthropic:
    """Performs `messages.create` with the HTTP API `http`, and is its meter."""

    def __init__(self, prices: Prices, http: Provider) -> None:
        self._prices = prices
        self._http = http

    def credential(self) -> str:
        """The key that it presents."""
        return self._http.credential()

    def most(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> Spend:
        """The largest answer, and the prompt by its bytes."""
        if any(tool.get("type", "custom") != "custom" for tool in mappings(arguments.get("tools"))):
            raise PermanentError("messages.create: a tool that runs at the provider acts and costs outside the gate")
        blocks = [block for message in mappings(arguments["messages"]) for block in _blocks(message.get("content"))]
        kinds = [str(block.get("type")) for block in blocks]
        if unbounded := sorted(set(kinds) - BOUNDED):
            named = ", ".join(unbounded)
            raise PermanentError(f"messages.create: nothing limits the tokens of {named}; send text or images")
        sources = [block.get("source") for block in blocks if block.get("type") == "image"]
        if not all(isinstance(source, Mapping) and source.get("type") == "base64" for source in sources):
            raise PermanentError("messages.create: an image is base64; the provider would fetch another one")
        prompt = [arguments.get(name) for name in PROMPT]
        size = tokens_by_bytes(*prompt) + TOKENS_PER_IMAGE * kinds.count("image")
        return self._prices.most(arguments["model"], size, arguments["max_tokens"], "cache_control" in str(prompt))

    def used(self, operation: Operation, arguments: Mapping[str, Any], answer: Any) -> Usage:
        """What the answer reports (https://docs.claude.com/en/api/messages#response-usage)."""
        return self._prices.used(arguments["model"], _used(answer), str(answer["stop_reason"]))

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """The response of the Messages API. Raises what the HTTP API raises, OutcomeUnknown if it has no usage."""
        answer = self._http.call(operation, arguments, key, seconds)
        try:
            _used(answer)
            good = isinstance(answer["content"], list) and isinstance(answer["stop_reason"], str)
        except (ValueError, KeyError, TypeError):
            good = False
        if not good:
            raise OutcomeUnknown("anthropic answered without a content, a stop reason or its usage")
        return answer


def _used(answer: Any) -> Tokens:
    usage = answer.get("usage") if isinstance(answer, Mapping) else None
    written = counted(usage, "cache_creation_input_tokens", missing=0)
    by_age = usage.get("cache_creation") if isinstance(usage, Mapping) else None
    long = min(written, counted(by_age or {}, "ephemeral_1h_input_tokens", missing=0))
    return Tokens(
        input=counted(usage, "input_tokens"),
        output=counted(usage, "output_tokens"),
        cache_read=counted(usage, "cache_read_input_tokens", missing=0),
        cache_write=written - long,
        cache_write_long=long,
    )


def _blocks(content: Any) -> Iterator[Mapping[str, Any]]:
    """The blocks of a message, those in tools' results included."""
    for block in mappings(content):
        yield block
        if block.get("type") == "tool_result":
            yield from _blocks(block.get("content"))
