"""Calls a Chat Completions API, and meters it by its own usage."""

from collections.abc import Mapping
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

PROMPT = ("messages", "tools", "response_format")
LIMITS = ("max_completion_tokens", "max_tokens")
BOUNDED = {"text", "image_url", "refusal"}


def performer(manifest: ConnectorManifest, platform: Platform) -> "ChatCompletions":
    """The performer of the deployed connector."""
    prices = Prices(manifest, ConnectorEnvironment.read(platform.environ).prices)
    return ChatCompletions(prices, provider(manifest, platform))


class ChatCompletions:
    """Performs `chat.completions.create` with the HTTP API `http`, and is its meter."""

    def __init__(self, prices: Prices, http: Provider) -> None:
        self._prices = prices
        self._http = http

    def credential(self) -> str:
        """The key that it presents."""
        return self._http.credential()

    def most(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> Spend:
        """The largest answer, and the prompt by its bytes."""
        limits = [arguments[name] for name in LIMITS if name in arguments]
        if len(limits) != 1:
            raise PermanentError(f"chat.completions.create needs {' or '.join(LIMITS)}: it is reserved in the budget")
        if any(tool.get("type") != "function" for tool in mappings(arguments.get("tools"))):
            raise PermanentError("chat.completions.create: a tool is a function; others run outside the gate")
        parts = [part for message in mappings(arguments["messages"]) for part in mappings(message.get("content"))]
        kinds = [str(part.get("type")) for part in parts]
        if unbounded := sorted(set(kinds) - BOUNDED):
            named = ", ".join(unbounded)
            raise PermanentError(f"chat.completions.create: nothing limits the tokens of {named}; send text or images")
        urls = [part.get("image_url") for part in parts if part.get("type") == "image_url"]
        if not all(isinstance(url, Mapping) and str(url.get("url")).startswith("data:") for url in urls):
            raise PermanentError("chat.completions.create: an image is a data: URL; others would be fetched")
        size = tokens_by_bytes(*(arguments.get(name) for name in PROMPT)) + TOKENS_PER_IMAGE * kinds.count("image_url")
        # Servers cache prompts without being asked to, and some of them charge for it.
        return self._prices.most(arguments["model"], size, limits[0], caches=True)

    def used(self, operation: Operation, arguments: Mapping[str, Any], answer: Any) -> Usage:
        """What the answer reports (https://platform.openai.com/docs/api-reference/chat/object)."""
        return self._prices.used(arguments["model"], _used(answer), str(answer["choices"][0]["finish_reason"]))

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """The server's response. Raises what the HTTP API raises, OutcomeUnknown if it has no usage."""
        answer = self._http.call(operation, arguments, key, seconds)
        try:
            _used(answer)
            choice = answer["choices"][0]
            good = isinstance(choice["message"], Mapping) and isinstance(choice["finish_reason"], str)
        except (ValueError, KeyError, TypeError, IndexError):
            good = False
        if not good:
            raise OutcomeUnknown("openai_compatible answered without a choice, a finish reason or its usage")
        return answer


def _used(answer: Any) -> Tokens:
    usage = answer.get("usage") if isinstance(answer, Mapping) else None
    prompt = counted(usage, "prompt_tokens")
    details = usage.get("prompt_tokens_details") if isinstance(usage, Mapping) else None
    read = min(prompt, counted(details or {}, "cached_tokens", missing=0))
    written = min(prompt - read, counted(details or {}, "cache_write_tokens", missing=0))
    return Tokens(
        input=prompt - read - written,
        output=counted(usage, "completion_tokens"),
        cache_read=read,
        cache_write=written,
    )
