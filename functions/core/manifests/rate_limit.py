"""How a provider reports a rate limit with a status that can also be a refusal."""

from dataclasses import dataclass

from functions.core.manifests.checks import require, require_text


@dataclass(frozen=True)
class RateLimit:
    """An answer with `status` reports a rate limit, and not a refusal, if any of these is so.

    It has a Retry-After, its header `remaining` is "0", or its body contains `words` in any case. Nothing was done, and
    a retry can succeed: after the Retry-After; else, if `remaining` is "0", at the unix second in its header `reset`;
    else after `seconds`. The same holds for how long to wait after a 429.
    """

    status: int
    remaining: str
    reset: str
    words: str
    seconds: int = 60

    def __post_init__(self) -> None:
        require(type(self.status) is int and 400 <= self.status <= 499, f"rate limit status {self.status!r}: a 4xx")
        for name in ("remaining", "reset", "words"):
            require_text(f"rate limit {name}", getattr(self, name))
        require(type(self.seconds) is int and self.seconds >= 1, f"rate limit seconds {self.seconds!r}: from 1")
