"""One signature that others made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

EVENT = b'{"id":"evt_1","amount":4200}'


@dataclass(frozen=True)
class Vector:
    source: str
    headers: Mapping[str, str]
    body: bytes
    secrets: tuple[str, ...]
    now: float = 0
    url: str = "https://hooks.example.com/in"
    signing_secret: str = ""
    repeatable: bool = field(default=True)  # False: one of several that the provider might have made
