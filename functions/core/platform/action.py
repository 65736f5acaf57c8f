"""An action: what an agent wants to do, as policies and people decide on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.platform.canonical import digest


@dataclass(frozen=True)
class Action:
    """One operation of a connector, with its arguments."""

    connector: str
    operation: str
    arguments: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """What an approval is bound to: SHA-256, in hex, of the action's canonical JSON."""
        return digest(self.__dict__)
